#!/bin/bash
# SSH reverse tunnel to the VPS. Where it goes and what it forwards is in ssh_config beside this file.
set -eu
here=$(dirname "$(readlink -f "$0")")

# No monitoring port: the keepalives of ssh_config find a dead line. A first try that fails is
# tried again like any other, after 10 s at most.
export AUTOSSH_GATETIME=0 AUTOSSH_POLL=10
exec autossh -M 0 -N -T -F "$here/ssh_config" vps
