# shellcheck shell=bash disable=SC2154
# nginx from the distribution; on a rented VPS all updates as well.
# Values: stack, where ("the VPS", "the WSL host"), port (of its sites), upgrade ("yes" or "no").

ensure() {
  if ! installed nginx; then
    local owner
    owner=$(port_owner "$port")
    [ -z "$owner" ] || fail "port $port of $where is taken by $owner; stop and disable it there, then run pulumi up again"
  fi
  if [ "$upgrade" = yes ]; then
    quiet_apt update
    quiet_apt upgrade
    grep -q '^0 upgraded' "$stage_dir/apt.log" || changed "applied updates"
  fi
  install_packages nginx nginx
}

absent() { remove_packages nginx nginx nginx-common; }
