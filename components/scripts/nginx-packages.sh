# shellcheck shell=bash disable=SC2154,SC2034
# nginx from the distribution; on a rented VPS all updates as well.
# Values: stack, where ("the VPS", "the WSL host"), port (of its sites), upgrade ("yes" or "no"),
# tls ("yes" where it is to serve port 443; unset for no).
# Files: restart.conf; sandbox.conf (rented machines only).

oldest=1.19.4 # that can end a TLS handshake for an unknown name

# What nginx is from. In Ubuntu before 24.04 the package of that name brings nginx-core, and somebody
# may have another one with the same program.
nginx_package() {
  local owner
  owner=$(dpkg-query -S /usr/sbin/nginx 2>/dev/null | sed '/^diversion /d; s/[:,].*//; q' || true)
  if ! installed nginx && installed "$owner"; then echo "$owner"; else echo nginx; fi
}

# Before anything is set up that port 443 alone would find missing, in the last steps. Where others
# answer there, unknown names are theirs.
refuse_old_nginx() {
  local version
  if [ "${tls:-no}" = no ] || others_listen 443; then return 0; fi
  version=$(nginx -v 2>&1 | sed -n 's|^nginx version: [^/]*/\([0-9.]*\).*|\1|p' || true)
  if [ -z "$version" ] || [ "$(printf '%s\n' "$oldest" "$version" | sort -V | sed -n 1p)" = "$oldest" ]; then return 0; fi
  fail "nginx on $where is $version, which cannot turn unknown names away on port 443 (ssl_reject_handshake); install $oldest or newer there (Debian 12 and Ubuntu 24.04 have it), then run pulumi up again"
}

# Ours for nginx's unit: the sandbox on a rented machine; how it comes back there, too, and wherever
# nginx is for us alone.
sandbox=/etc/systemd/system/nginx.service.d/vps-reverse-proxy.conf
comes_back=/etc/systemd/system/nginx.service.d/vps-reverse-proxy-restart.conf

main_conf=/etc/nginx/nginx.conf
limit=48000 # open files of each worker, twice its connections, of which a stream takes two

# Debian's nginx ends near 400 streams a worker, and at names of some 50 letters. Only where nginx
# is here for us alone.
raise_limits() {
  local files workers
  alone || return 0
  files=$(ulimit -Hn)
  if [ "$files" = unlimited ] || [ "$files" -gt $limit ]; then files=$limit; fi
  # Where a program may open fewer files, more workers have as many.
  workers=$(((limit + files - 1) / files))
  [ "$workers" -gt "$(nproc)" ] || workers=auto
  {
    printf 'worker_rlimit_nofile %s;\nworker_processes %s;\n' "$files" "$workers"
    without_limits "$main_conf" | sed -E \
      -e "s/^events[[:space:]]*\{[[:space:]]*\$/&\n\tworker_connections $((files / 2));/" \
      -e 's/^http[[:space:]]*\{[[:space:]]*$/&\n\tserver_names_hash_bucket_size 512;\n\tmap_hash_bucket_size 512;/'
  } >"$stage_dir/nginx.conf"
  # The rest of the file is not ours: it is neither noted nor put back.
  manage limits "$main_conf" "$(observe limits "$stage_dir/nginx.conf")"
  ! cmp -s "$stage_dir/nginx.conf" "$main_conf" || return 0
  nginx -t -q -c "$stage_dir/nginx.conf" || fail "nginx on $where refuses more connections a worker; its words are above"
  [ -e "$memory/nginx.conf" ] || cp -p "$main_conf" "$memory/nginx.conf"
  pending_key=nginx install_file nginx.conf "$main_conf" 644
  unmanage file "$main_conf"
}

# Limits that were changed by hand are put back by this step alone: no other has nginx read its files.
take_up_limits() {
  local pending_key=nginx
  if is_pending && systemctl is-active --quiet nginx && nginx -t -q 2>/dev/null; then
    systemctl reload nginx
    clear_pending
  fi
}

# What systemd has to read is noted until it has; nginx itself goes on as it is.
put_unit_file() { # STAGED TARGET
  local pending_key=nginx-unit
  install_file "$1" "$2" 644
  read_units
}

read_units() {
  local pending_key=nginx-unit
  is_pending || return 0
  systemctl daemon-reload
  clear_pending
}

# Where others have sites, what becomes of nginx is theirs to say.
bring_back() {
  if alone || [ -e "$stage_dir/sandbox.conf" ]; then
    put_unit_file restart.conf "$comes_back"
  else
    drop_unit_file "$comes_back"
  fi
}

drop_unit_file() { # TARGET
  local pending_key=nginx-unit
  if [ -e "$1" ]; then
    remove_file "$1"
    rmdir "${1%/*}" 2>/dev/null || true
  fi
  read_units
}

# A main configuration without what is raised.
without_limits() {
  sed -E '/^[[:space:]]*(worker_(rlimit_nofile|processes|connections)|(server_names|map)_hash_bucket_size)[[:space:]]/d' "$1"
}

# For the other sites that stay: the limits as they were, unless somebody has changed the file since.
lower_limits() {
  if [ -e "$memory/nginx.conf" ] && cmp -s <(without_limits "$memory/nginx.conf") <(without_limits "$main_conf"); then
    cp -p "$memory/nginx.conf" "$main_conf"
  fi
  rm -f "$memory/nginx.conf"
}

# A kernel without IPv6 has no such sockets: with Debian's own site, which listens on one, nginx would
# not start, and its package not install.
install_without_ipv6() {
  install_packages nginx nginx-common
  ! is_stock "$stock_site" || rm -f "$stock_site"
}

ensure() {
  local package
  lock_packages
  package=$(nginx_package)
  if ! installed "$package"; then
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
  [ ! -e "$stage_dir/sandbox.conf" ] || put_unit_file sandbox.conf "$sandbox"
  [ -e /proc/net/if_inet6 ] || installed "$package" || install_without_ipv6
  install_packages nginx "$package"
  refuse_old_nginx
  bring_back
  lock_nginx
  raise_limits
  take_up_limits
  unlock_nginx
}

absent() {
  lock_packages
  drop_unit_file "$sandbox"
  if [ -n "$(other_sites)" ]; then
    rm -f "$memory/nginx.packages" "$memory/nginx.before"
    lower_limits
    changed "left nginx to the other sites it serves"
  fi
  remove_packages nginx nginx nginx-common
  [ -e "$memory/users/nginx" ] || { # no other stack is left
    rm -f "$memory/nginx.conf"
    drop_unit_file "$comes_back"
  }
  rmdir "$memory" 2>/dev/null || true
}
