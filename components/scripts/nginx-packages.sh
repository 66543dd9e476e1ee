# shellcheck shell=bash disable=SC2154
# nginx from the distribution; on a rented VPS all updates as well.
# Values: stack, where ("the VPS", "the WSL host"), port (of its sites), upgrade ("yes" or "no").

ensure() {
  lock_packages
  if ! installed nginx; then
    local owner
    owner=$(port_owner "$port")
    [ -z "$owner" ] || fail "port $port of $where is taken by $owner; stop and disable it there, then run pulumi up again"
  fi
  if [ "$upgrade" = yes ]; then
    update_lists
    # With new packages, as `apt upgrade` does: a new kernel is one.
    quiet_apt upgrade --with-new-pkgs
    grep -q '^0 upgraded' "$stage_dir/apt.log" || changed "applied updates"
  fi
  install_packages nginx nginx
}

absent() {
  lock_packages
  if [ -n "$(other_sites)" ]; then
    rm -f "$memory/nginx.packages" "$memory/nginx.before"
    changed "left nginx to the other sites it serves"
  fi
  remove_packages nginx nginx nginx-common
}
