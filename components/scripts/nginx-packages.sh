# shellcheck shell=bash disable=SC2154
# nginx from the distribution; on a rented VPS all updates as well.
# Values: stack, where ("the VPS", "the WSL host"), port (of its sites), upgrade ("yes" or "no").
# Files: sandbox.conf (rented machines only).

sandbox=/etc/systemd/system/nginx.service.d/vps-reverse-proxy.conf

main_conf=/etc/nginx/nginx.conf
limit=40000 # open files of each worker, twice its connections; a stream takes two of both

# Debian's nginx ends near 400 streams a worker. Only where nginx is here for us alone.
raise_limits() {
  local files
  alone || return 0
  files=$(ulimit -Hn)
  if [ "$files" = unlimited ] || [ "$files" -gt $limit ]; then files=$limit; fi
  sed -E -e '/^worker_rlimit_nofile /d' -e "s/^([[:space:]]*worker_connections)[[:space:]].*;/\\1 $((files / 2));/" \
    -e "0,/^events /s/^(events .*)/worker_rlimit_nofile $files;\\n\\1/" "$main_conf" >"$stage_dir/nginx.conf"
  ! cmp -s "$stage_dir/nginx.conf" "$main_conf" || return 0
  nginx -t -q -c "$stage_dir/nginx.conf" || fail "nginx on $where refuses more connections a worker; its words are above"
  [ -e "$memory/nginx.conf" ] || cp -p "$main_conf" "$memory/nginx.conf"
  pending_key=nginx install_file nginx.conf "$main_conf" 644 # the site's step reloads
}

without_limits() { sed -E -e '/^worker_rlimit_nofile /d' -e 's/(worker_connections)[[:space:]].*/\1/' "$1"; }

# For the other sites that stay: the limits as they were, unless somebody has changed the file since.
lower_limits() {
  if [ -e "$memory/nginx.conf" ] && cmp -s <(without_limits "$memory/nginx.conf") <(without_limits "$main_conf"); then
    cp -p "$memory/nginx.conf" "$main_conf"
  fi
  rm -f "$memory/nginx.conf"
}

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
  # Before nginx starts for the first time; one that runs goes on as it is.
  [ ! -e "$stage_dir/sandbox.conf" ] || install_file sandbox.conf "$sandbox" 644
  install_packages nginx nginx
  raise_limits
}

absent() {
  lock_packages
  remove_file "$sandbox"
  rmdir "${sandbox%/*}" 2>/dev/null || true
  if [ -n "$(other_sites)" ]; then
    rm -f "$memory/nginx.packages" "$memory/nginx.before"
    lower_limits
    changed "left nginx to the other sites it serves"
  fi
  remove_packages nginx nginx nginx-common
  [ -e "$memory/users/nginx" ] || rm -f "$memory/nginx.conf"
  rmdir "$memory" 2>/dev/null || true
}
