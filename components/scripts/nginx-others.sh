# shellcheck shell=bash disable=SC2154,SC2034
# What the nginx of somebody else, and the other sites in it, would do to ours without a word.
# Values: where ("the VPS"); address, address6 (that the names lead to; empty or unset for none).

sockets_group=www-data # of the folders that the tunnel ends in

# The configuration as nginx reads it; nothing where it refuses it, which is told when ours is tested.
nginx_reads() { nginx -T 2>/dev/null || true; }

# nginx.org's nginx runs as an account of its own, and every name would answer 502.
check_workers() {
  local user='' group=''
  read -r user group < <(nginx_reads | sed -nE 's/^[[:space:]]*user[[:space:]]+([^;]+);.*/\1/p' | sed -n 1p) || true
  [ -n "$user" ] || user=$(nginx -V 2>&1 | sed -n 's/.*--user=\([^ ]*\).*/\1/p' || true)
  if [ -z "$user" ] || [ "$user" = root ] || [ "$group" = $sockets_group ]; then return 0; fi
  [[ " $(id -nG "$user" 2>/dev/null) " == *" $sockets_group "* ]] ||
    fail "nginx on $where runs as $user, who may not reach the tunnel's sockets; there: sudo usermod -aG $sockets_group $user && sudo systemctl restart nginx, then run pulumi up again"
}

# The addresses of this machine that visitors come to. Behind NAT that is not the one they dial.
visited_addresses() {
  local own one four=
  own=" $(hostname -I 2>/dev/null || true) "
  for one in "${address:-}" "${address6:-}"; do
    if [ -z "$one" ] || [[ "$own" != *" $one "* ]]; then continue; fi
    echo "$one"
    [[ $one == *:* ]] || four=yes
  done
  # It asks the kernel alone; nothing is sent.
  [ -n "$four" ] || { ip -4 route get 1.1.1.1 2>/dev/null | sed -n 's/.* src \([^ ]*\).*/\1/p' || true; }
}

# Where the sites of others listen: file, address and whether they are the default there ("default"),
# separated by tabs; IPv6 in brackets, and * for all of IPv4.
others_listen_at() {
  nginx_reads | awk -v OFS='\t' '
    /^# configuration file / { file = $4; sub(/:$/, "", file); next }
    file ~ /\/vps-reverse-proxy-[^\/]*$/ { next }
    {
      sub(/#.*/, "")
      while (match($0, /(^|[;{ \t])listen[ \t]+[^;]+/)) {
        said = substr($0, RSTART, RLENGTH)
        $0 = substr($0, RSTART + RLENGTH)
        sub(/^.*listen[ \t]+/, "", said)
        at = tolower(said)
        sub(/[ \t].*/, "", at)
        if (at ~ /^[0-9]+$/) at = "*:" at
        else if (at !~ /:[0-9]+$/) at = at ":80"
        sub(/^0\.0\.0\.0:/, "*:", at)
        print file, at, said ~ /[ \t]default(_server)?([ \t]|$)/ ? "default" : ""
      }
    }'
}

# nginx gives whoever comes to an address that some site listens on to the sites that name this address,
# whatever name he asks for.
refuse_hidden() { # PORT
  local visited file at one instead
  visited=$(visited_addresses)
  while IFS=$'\t' read -r file at _; do
    for one in $visited; do
      case $at in
      "$one:$1") instead=$1 ;;
      "[${one,,}]:$1") instead="[::]:$1" ;;
      *) continue ;;
      esac
      fail "nginx on $where sends all visitors of $at to the sites that listen on exactly this address ($file), so ours would never be reached; in that listen line, write $instead in place of address and port and keep the rest, then run pulumi up again"
    done
  done < <(others_listen_at)
}

# A name that no site has is answered by the first site that nginx reads, where none says that it is
# the default. Debian reads conf.d, where ours are, before sites-enabled. Where ours are already, nothing
# changes.
refuse_to_be_first() {
  local LC_ALL=C others shared port ours file at default first
  ! alone || return 0
  others=$(others_listen_at)
  mapfile -t shared < <(sed -nE 's/^[[:space:]]*listen ([0-9]+)[ ;].*/\1/p' "$stage_dir"/*.conf | sort -u)
  for port in "${shared[@]}"; do
    ! listen_on "$port" /etc/nginx/conf.d/vps-reverse-proxy-*.conf || continue
    for ours in "*:$port" "[::]:$port"; do
      first=
      while IFS=$'\t' read -r file at default; do
        [ "$at" = "$ours" ] || continue
        if [ -n "$default" ] || [[ $file == */conf.d/* && ${file##*/} < vps-reverse-proxy- ]]; then
          first=
          break
        fi
        first=${first:-$file}
      done <<<"$others"
      [ -z "$first" ] ||
        fail "nginx on $where answers names that no site has with the first site that it reads, which is $first now and would be ours; write default_server behind the port in its listen lines for port $port there (listen $port default_server;), then run pulumi up again"
    done
  done
}

# A port that a site of the machine's has for itself: nginx would give its calls to ours. One that came
# after ours is meant so.
refuse_sites_ports() {
  local others file at one port
  ! alone || return 0
  others=$(others_listen_at)
  for one in $own_ports; do
    port=${one%%=*}
    ! listen_on "$port" /etc/nginx/conf.d/vps-reverse-proxy-*.conf || continue
    while IFS=$'\t' read -r file at _; do
      [[ ! $at =~ ^(\*|127\.[0-9.]+|localhost):$port$ ]] || refuse_port "$one" "for another site already ($file)"
    done <<<"$others"
  done
}
