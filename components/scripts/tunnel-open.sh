# shellcheck shell=bash disable=SC2154
# The proof on the VPS that the tunnel has opened its ports there.
# Values: unit, ports (separated by spaces).

ensure() {
  local deadline=$((SECONDS + 60)) port missing owner
  while :; do
    missing=
    for port in $ports; do
      owner=$(port_owner "$port")
      [[ "$owner" == sshd* ]] || missing="$missing $port${owner:+ (taken by $owner)}"
    done
    [ -n "$missing" ] || return 0
    [ $SECONDS -lt $deadline ] ||
      fail "the tunnel did not open port$missing on the VPS within 60 s; on the WSL host see: journalctl -u $unit -n 30"
    sleep 0.2
  done
}

absent() { :; }
