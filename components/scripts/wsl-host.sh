# shellcheck shell=bash disable=SC2154
# The last resource of a stack and the first to go: it refuses to be removed anywhere but on the
# stack's own WSL host, before anything else is touched.
# Values: host, machine_id.

ensure() {
  [ "$(cat /etc/machine-id)" = "$machine_id" ] || fail "this machine changed its /etc/machine-id during the run"
}

absent() {
  [ "$(cat /etc/machine-id)" = "$machine_id" ] ||
    fail "this stack's WSL host is '$host' (machine-id $machine_id), and this is '$(hostname)': nothing was changed. Run pulumi destroy there. If that machine is gone for good, run here: pulumi config set --path vps-reverse-proxy:tunnel.adopt_host true && pulumi up, then destroy"
}
