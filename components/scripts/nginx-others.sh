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

# Where the sites of others listen: file and address, separated by a tab; IPv6 in brackets.
others_listen_at() {
  nginx_reads | awk -v OFS='\t' '
    /^# configuration file / { file = $4; sub(/:$/, "", file); next }
    file ~ /\/vps-reverse-proxy-[^\/]*$/ { next }
    {
      sub(/#.*/, "")
      while (match($0, /(^|[;{ \t])listen[ \t]+[^; \t]+/)) {
        at = substr($0, RSTART, RLENGTH)
        $0 = substr($0, RSTART + RLENGTH)
        sub(/^.*listen[ \t]+/, "", at)
        if (at ~ /^\[.*\]$/ || at ~ /^[0-9.]*\.[0-9]+$/) at = at ":80"
        print file, tolower(at)
      }
    }'
}

# nginx gives whoever comes to an address that some site listens on to the sites that name this address,
# whatever name he asks for.
refuse_hidden() { # PORT
  local visited file at one instead
  visited=$(visited_addresses)
  while IFS=$'\t' read -r file at; do
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
