# shellcheck shell=bash disable=SC2154
# The proof on the VPS that the tunnel has opened its ports there.
# Values: unit, ports (separated by spaces).

ensure() {
  local deadline=$((SECONDS + 60)) port missing
  while :; do
    missing=
    for port in $ports; do
      ss -Hltnp "src 127.0.0.1 and sport = :$port" | grep -q '"sshd' || missing="$missing $port"
    done
    [ -n "$missing" ] || return 0
    [ $SECONDS -lt $deadline ] ||
      fail "the tunnel did not open port$missing on the VPS within 60 s; on the WSL host see: journalctl -u $unit -n 30"
    sleep 0.2
  done
}

absent() { :; }
