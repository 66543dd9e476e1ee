# shellcheck shell=bash disable=SC2154
# The proof on the VPS that the tunnel has opened its ports there.
# Values: unit, account (whose tunnel it is), ports (separated by spaces).

# Who listens on a port of loopback: "tunnel sshd", or nothing.
holder() { # PORT
  local found
  found=$(ss -Hltnp "src 127.0.0.1 and sport = :$1" | sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/\2 \1/p' | sed -n 1p)
  [ -n "$found" ] || return 0
  echo "$(stat -c %U "/proc/${found% *}" 2>/dev/null || true) ${found#* }"
}

ensure() {
  local deadline=$((SECONDS + 60)) port found missing
  while :; do
    missing=
    for port in $ports; do
      found=$(holder "$port")
      # Another stack's tunnel would answer here as well.
      [[ "$found" == "$account "* ]] || missing="$missing $port${found:+ (held by ${found#* } of account ${found% *})}"
    done
    [ -n "$missing" ] || return 0
    [ $SECONDS -lt $deadline ] ||
      fail "the tunnel did not open port$missing on the VPS within 60 s; on the WSL host see: journalctl -u $unit -n 30"
    sleep 0.2
  done
}

absent() { :; }
