# shellcheck shell=bash disable=SC2154
# The proof on the VPS that every connection of the tunnel has opened its sockets there.
# Values: unit, directory, sockets (their paths, separated by spaces).

ensure() {
  local deadline=$((SECONDS + 60)) socket missing
  while :; do
    missing=
    for socket in $sockets; do
      [ -S "$socket" ] || missing="$missing ${socket#"$directory"/}"
    done
    [ -n "$missing" ] || return 0
    [ $SECONDS -lt $deadline ] ||
      fail "the tunnel did not open these sockets in $directory on the VPS within 60 s:$missing; on the WSL host see: journalctl -u $unit -n 30"
    sleep 0.1
  done
}

absent() { :; }
