# shellcheck shell=bash disable=SC2154,SC2034
# The sites of one stack in nginx. A new configuration is tested before it replaces the old one; if
# the test fails the old one keeps serving.
# Values: stack, slug, where ("the VPS", "the WSL host"), port, listeners (ports,
# separated by spaces).
# Files: site.conf; catch-all.conf, where an unknown name shall get nothing.

site=/etc/nginx/conf.d/vps-reverse-proxy-$slug.conf
catch_all=/etc/nginx/conf.d/vps-reverse-proxy-unknown-host.conf
stock_site=/etc/nginx/sites-enabled/default
pending_key=nginx

# Whether an unknown name is ours to answer: not where nginx was there before us, nor beside the
# sites of others.
alone() { [ -s "$memory/nginx.packages" ] && [ -z "$(other_sites)" ]; }

# nginx -t on a copy of /etc/nginx with the new files in it, seen under its real name.
test_with_new_files() {
  local copy=$stage_dir/nginx
  cp -a /etc/nginx "$copy"
  cp "$stage_dir/site.conf" "$copy/conf.d/${site##*/}"
  if alone; then
    rm -f "$copy/sites-enabled/default"
    [ ! -e "$stage_dir/catch-all.conf" ] || cp "$stage_dir/catch-all.conf" "$copy/conf.d/${catch_all##*/}"
  fi
  # shellcheck disable=SC2016 # $1 is the inner shell's
  unshare --mount sh -c 'mount --bind "$1" /etc/nginx && exec nginx -t' sh "$copy" >"$stage_dir/test.log" 2>&1 || {
    cat "$stage_dir/test.log" >&2
    fail "nginx on $where refuses the new configuration (its words are above); the old one keeps serving"
  }
  # nginx only warns of a name that it serves already, and would leave our site unused.
  local name
  while read -r name; do
    ! grep -qF "server_name $name;" "$stage_dir/site.conf" ||
      fail "nginx on $where already has a site for $name (grep -rn 'server_name.*$name' /etc/nginx); remove it there, then run pulumi up again"
  done < <(sed -n 's/.*conflicting server name "\([^"]*\)".*/\1/p' "$stage_dir/test.log")
}

start() {
  local owner
  owner=$(port_owner "$port")
  [ -z "$owner" ] || fail "port $port of $where is taken by $owner; stop and disable it there, then run pulumi up again"
  systemctl start nginx || {
    journalctl -u nginx -n 15 --no-pager >&2
    fail "nginx does not start on $where; its words are above"
  }
}

# A reload that cannot open a port says so in the log alone, and goes on with the old configuration.
check_listeners() {
  local listener deadline=$((SECONDS + 10))
  for listener in $listeners; do
    until [[ "$(port_owner "$listener")" == nginx* ]]; do
      [ $SECONDS -lt $deadline ] ||
        fail "nginx on $where does not listen on port $listener: taken by $(port_owner "$listener"); stop that, then run pulumi up again"
      sleep 0.1
    done
  done
}

ensure() {
  # A kernel without IPv6 has no such sockets, and nginx would not start.
  [ -e /proc/net/if_inet6 ] || sed -i '/listen \[::\]/d' "$stage_dir"/*.conf
  test_with_new_files
  if alone; then
    remove_file "$stock_site"
    [ ! -e "$stage_dir/catch-all.conf" ] || install_file catch-all.conf "$catch_all" 644
  fi
  install_file site.conf "$site" 644
  systemctl is-enabled --quiet nginx || systemctl enable --quiet nginx
  if ! systemctl is-active --quiet nginx; then
    start
  elif is_pending; then
    systemctl reload nginx
  fi
  check_listeners
  clear_pending
}

absent() {
  local ours
  remove_file "$site"
  ours=$(find /etc/nginx/conf.d -name 'vps-reverse-proxy-*.conf' ! -name "${catch_all##*/}" 2>/dev/null || true)
  [ -n "$ours" ] || remove_file "$catch_all"
  is_pending || return 0
  if systemctl is-active --quiet nginx && nginx -t 2>/dev/null; then systemctl reload nginx; fi
  clear_pending
}
