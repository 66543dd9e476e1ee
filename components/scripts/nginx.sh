# shellcheck shell=bash disable=SC2154,SC2034
# A change of nginx's configuration: tested as a whole before it replaces the old one; if the test
# fails the old one keeps serving. Open streams stay with the old workers of a reload until they end
# (worker_shutdown_timeout is never set).
# Values: where ("the VPS", "the WSL host"), listeners (ports, separated by spaces), own_ports (those
# that no other stack may listen on, with the setting each comes from: PORT=SETTING, by spaces).

stock_site=/etc/nginx/sites-enabled/default
put_files=()  # STAGED TARGET MODE triples
drop_files=() # TARGETs
touched=()    # those of both, once one is in place
was_pending=no

put_config() { put_files+=("$1" "$2" "${3:-644}"); } # STAGED TARGET [MODE]
drop_config() { drop_files+=("$1"); }                 # TARGET

# Steps of this stack and of others change the same nginx: one at a time, from the first file to the
# reload, or one would test what another has half done.
lock_nginx() {
  exec 6>/run/lock/vps-reverse-proxy-nginx
  flock --timeout 120 6 || fail "another run of pulumi is changing nginx on $where; end it, then run pulumi up again"
}
unlock_nginx() { exec 6>&-; }

# Whether an unknown name is ours to answer: not where nginx was there before us, nor beside the
# sites of others.
alone() { grep -qsx nginx "$memory/nginx.packages" && [ -z "$(other_sites)" ]; }

# Whether files of ours listen on a port, at whatever address.
listen_on() { # PORT FILE...
  local port=$1
  shift
  grep -Eqs "^[[:space:]]*listen ([^;]*:)?${port}[ ;]" "$@"
}

# nginx takes a port of another stack's for its own, too, and answers there for the other stack.
refuse_others_ports() {
  local file other one
  for file in /etc/nginx/conf.d/vps-reverse-proxy-*.conf; do
    other=$(sed -n '1s/.* stack \([^ :]*\):.*/\1/p' "$file" 2>/dev/null || true)
    if [ -z "$other" ] || [ "$other" = "$stack" ]; then continue; fi
    for one in $own_ports; do
      ! listen_on "${one%%=*}" "$file" ||
        refuse_port "$one" "for the stack $other already ($file)"
    done
  done
  refuse_sites_ports
}

refuse_port() { # PORT=SETTING FOR-WHOM
  local setting=${stack%%/*}:${1#*=}
  fail "$setting: nginx on $where listens on port ${1%%=*} $2; give this stack another: pulumi config set --path '$setting' PORT"
}

# Who keeps nginx from a port that the staged files listen on: "apache2 (pid 123)", or nothing. On
# this machine's own address alone ours stands beside a program on another one.
port_holder() { # PORT
  local beside=' (0\.0\.0\.0|\*|127\.[0-9.]+)(%[^ ]*)?:'
  ! grep -Eqs "^[[:space:]]*listen (\[::\]:)?$1[ ;]" "$stage_dir"/*.conf || beside=:
  { ss -Hltnp "sport = :$1" | grep -E "$beside$1 " || true; } | programs | sed '/^nginx /d' | sed -n 1p
}

# Before a file is in place: nginx refuses a reload as a whole for one port, and would not start
# again with these files, at the next boot for instance.
refuse_held_ports() {
  local listener owner one setting
  for listener in $listeners; do
    owner=$(port_holder "$listener")
    [ -n "$owner" ] || continue
    for one in ${own_ports:-}; do
      [ "${one%%=*}" = "$listener" ] || continue
      setting=${one#*=}
      fail "${stack%%/*}:$setting: port $listener of $where is taken by $owner; stop and disable it there, or give this stack another: pulumi config set --path '${stack%%/*}:$setting' PORT"
    done
    fail "port $listener of $where is taken by $owner; stop and disable it there, then run pulumi up again"
  done
}

# nginx -t on a copy of /etc/nginx with the change made in it, seen under its real name. No link in
# the copy may lead back: what is tested would be in force.
test_config() {
  local copy=$stage_dir/nginx target part i
  mkdir "$copy"
  cp -a /etc/nginx/. "$copy"
  for part in conf.d sites-enabled vps-reverse-proxy; do
    if [ ! -L "$copy/$part" ] || [ ! -d "/etc/nginx/$part" ]; then continue; fi
    rm "$copy/$part"
    cp -aL "/etc/nginx/$part" "$copy/$part"
  done
  for target in "${drop_files[@]}"; do rm -f "$copy${target#/etc/nginx}"; done
  for ((i = 0; i < ${#put_files[@]}; i += 3)); do
    target=$copy${put_files[i + 1]#/etc/nginx}
    mkdir -p "${target%/*}"
    cp --remove-destination "$stage_dir/${put_files[i]}" "$target"
  done
  # shellcheck disable=SC2016 # $1 is the inner shell's
  unshare --mount sh -c 'mount --bind "$1" /etc/nginx && exec nginx -t' sh "$copy" >"$stage_dir/test.log" 2>&1 || {
    cat "$stage_dir/test.log" >&2
    fail "nginx on $where refuses the new configuration (its words are above); the old one keeps serving"
  }
  # nginx only warns of a name that it serves already, and would leave our site unused.
  local name
  while read -r name; do
    ! grep -qF "server_name $name;" "$stage_dir"/*.conf ||
      fail "nginx on $where already has a site for $name (grep -rn 'server_name.*$name' /etc/nginx); remove it there, then run pulumi up again"
  done < <(sed -n 's/.*conflicting server name "\([^"]*\)".*/\1/p' "$stage_dir/test.log")
}

# The hashes of API keys belong to a site, come and go with it, and are for root alone.
put_keys() { # TARGET
  if [ -e "$stage_dir/api.keys" ]; then put_config api.keys "$1" 600; else drop_config "$1"; fi
}

# The files as they are before a change: those that nginx did not take up would keep it from starting
# at the next boot, and all other sites with it.
keep_config() {
  local i
  touched=("${drop_files[@]}")
  for ((i = 1; i < ${#put_files[@]}; i += 3)); do touched+=("${put_files[i]}"); done
  ! is_pending || was_pending=yes
  mkdir "$stage_dir/before"
  for i in "${!touched[@]}"; do
    if [ -e "${touched[i]}" ] || [ -L "${touched[i]}" ]; then cp -a "${touched[i]}" "$stage_dir/before/$i"; fi
  done
}

# They are put back, and what nginx may have taken up of the change is forgotten.
fail_config() {
  local i kept
  for i in "${!touched[@]}"; do
    kept=$stage_dir/before/$i
    rm -f "${touched[i]}"
    if [ -e "$kept" ] || [ -L "$kept" ]; then cp -a "$kept" "${touched[i]}"; fi
  done
  ! systemctl is-active --quiet nginx || systemctl reload nginx || true
  [ "$was_pending" = yes ] || clear_pending
  fail "$*"
}

start_nginx() {
  local listener owner state
  state=$(systemctl is-active nginx || true)
  # One that systemd did not start; all others are refused already. One that it is about to start may
  # have its ports by now.
  for listener in $listeners; do
    owner=$(port_owner "$listener")
    [[ $owner != nginx* || $state = activating ]] || fail_config "port $listener of $where is taken by $owner; stop and disable it there, then run pulumi up again"
  done
  systemctl start nginx || {
    journalctl -u nginx -n 15 --no-pager >&2
    fail_config "nginx does not start on $where; its words are above"
  }
  # That one may have read the files as they were.
  [ "$state" != activating ] || systemctl reload nginx
}

# What nginx's main process has started, its workers among it.
nginx_children() { grep -ls "^PPid:[[:space:]]$(systemctl show --property MainPID --value nginx)\$" /proc/[0-9]*/status || true; }

# A reload that cannot open a port says so in the log alone, and the old workers go on. The new ones
# come once all ports are open.
reload_nginx() {
  local before deadline=$((SECONDS + 20)) log=/var/log/nginx/error.log told
  before=$(nginx_children)
  told=$(stat -c %s "$log" 2>/dev/null || echo 0)
  systemctl reload nginx || fail_config "nginx on $where is not reloaded; systemd's words are above"
  until [ -n "$(comm -13 <(sort <<<"$before") <(nginx_children | sort))" ]; do
    if [ $SECONDS -ge $deadline ]; then
      { tail -c "+$((told + 1))" "$log" 2>/dev/null | grep -o '\[emerg\].*' || true; } | sed 's/ [0-9]*#[0-9]*:/:/' | sort -u >&2
      fail_config "nginx on $where does not take up the new configuration (its words are above) and goes on with the old one; where they are 'Address already in use', another of its own listen lines has that port, in a block stream or mail or with ipv6only=off: change that one, then run pulumi up again"
    fi
    sleep 0.05
  done
}

check_listeners() {
  local listener deadline=$((SECONDS + 10))
  for listener in $listeners; do
    manage port "$listener" nginx
    until [[ "$(port_owner "$listener")" == nginx* ]]; do
      [ $SECONDS -lt $deadline ] ||
        fail_config "nginx on $where does not listen on port $listener: taken by $(port_owner "$listener" | grep . || echo "a program outside (with mirrored networking, of Windows)"); stop that, then run pulumi up again"
      sleep 0.1
    done
  done
}

# Make the change noted by put_config and drop_config, and have nginx take it up.
apply_config() {
  local i target
  lock_nginx
  # A kernel without IPv6 has no such sockets, and nginx would not start.
  [ -e /proc/net/if_inet6 ] || sed -i '/listen \[::\]/d' "$stage_dir"/*.conf
  refuse_held_ports
  test_config
  keep_config
  for target in "${drop_files[@]}"; do remove_file "$target"; done
  for ((i = 0; i < ${#put_files[@]}; i += 3)); do
    install_file "${put_files[i]}" "${put_files[i + 1]}" "${put_files[i + 2]}"
  done
  manage unit nginx "enabled running"
  systemctl is-enabled --quiet nginx || systemctl enable --quiet nginx
  if ! systemctl is-active --quiet nginx; then
    start_nginx
  elif is_pending; then
    reload_nginx
  fi
  check_listeners
  clear_pending
  unlock_nginx
}

# Have nginx forget what was removed since lock_nginx. Until it can, the note of what is pending stays for the next run.
forget_config() {
  if is_pending && systemctl is-active --quiet nginx; then
    nginx -t >"$stage_dir/test.log" 2>&1 || {
      cat "$stage_dir/test.log" >&2
      fail "nginx on $where still serves the sites that were removed, for something else in its configuration is wrong (its words are above); mend that there, then run the same command again"
    }
    systemctl reload nginx
  fi
  clear_pending
  unlock_nginx
}
