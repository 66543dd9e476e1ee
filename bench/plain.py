"""The guide's tunnel: one `ssh -R` to a port, beside the program's own, for comparison.

It goes to a second address of the VPS whose routes keep Linux's default congestion control
(cubic): the kernel settings that the program makes are not the guide's.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from bench.bed import SERVICE_PORT
from bench.loader import PLACE
from lab import net, world, wsl
from lab.namespaces import ip_batch, namespace, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.bed import Bed

NAME = "plain.bench"
UNIT = "bench-plain"
ACCOUNT = "bench-plain"
PORT = 18080
ADDRESS = "203.0.113.250"
# A closed VPS lets its administrator and the tunnel forward, and nobody else.
SSHD_FILE = "/etc/ssh/sshd_config.d/50-bench-plain.conf"
_TABLE = 77

_UNIT = f"""\
[Unit]
Description=Plain ssh -R of bin/bench
StartLimitIntervalSec=0
[Service]
ExecStart=/usr/bin/ssh -N -T -o BatchMode=yes -o ServerAliveInterval=30 -o ServerAliveCountMax=3 \
 -o ExitOnForwardFailure=yes -o StrictHostKeyChecking=yes \
 -o UserKnownHostsFile={PLACE}/known_hosts -i {PLACE}/plain \
 -R 127.0.0.1:{PORT}:127.0.0.1:{SERVICE_PORT} {ACCOUNT}@{ADDRESS}
Restart=always
RestartSec=10
"""
_ACCOUNT = f"""\
set -eu
id {ACCOUNT} >/dev/null 2>&1 ||
  useradd --create-home --shell /usr/sbin/nologin --password '*' {ACCOUNT}
install -d -m 700 -o {ACCOUNT} -g {ACCOUNT} /home/{ACCOUNT}/.ssh
install -m 600 -o {ACCOUNT} -g {ACCOUNT} /dev/stdin /home/{ACCOUNT}/.ssh/authorized_keys
printf 'Match User {ACCOUNT}\n    AllowTcpForwarding remote\nMatch all\n' >{SSHD_FILE}
systemctl reload ssh
"""
_KEY = f"""\
set -eu
[ -e {PLACE}/plain ] || ssh-keygen -q -t ed25519 -N '' -C bench -f {PLACE}/plain
cat {PLACE}/plain.pub
"""


def upstream() -> str:
    """Where nginx finds the service through it."""
    return f"127.0.0.1:{PORT}"


@contextmanager
def plain_tunnel(bed: Bed) -> Iterator[None]:
    """The tunnel is up while this lasts."""
    _routes(bed)
    public = bed.sh(wsl.NAME, _KEY)
    bed.run_with(bed.vps, public, "bash", "-c", _ACCOUNT)
    host_key = bed.run(bed.vps, "cat", "/etc/ssh/ssh_host_ed25519_key.pub")
    bed.run_with(wsl.NAME, f"{ADDRESS} {host_key}", "tee", f"{PLACE}/known_hosts")
    bed.run_with(wsl.NAME, _UNIT, "tee", f"/run/systemd/system/{UNIT}.service")
    bed.run(wsl.NAME, "systemctl", "daemon-reload")
    bed.run(wsl.NAME, "systemctl", "restart", UNIT)
    try:
        bed.wait_serving(NAME)
        yield
    finally:
        bed.run(wsl.NAME, "systemctl", "stop", UNIT, check=False)
        bed.run(bed.vps, "bash", "-c", f"rm -f {SSHD_FILE}; systemctl reload ssh", check=False)


def _routes(bed: Bed) -> None:
    interface = net.interface_for(bed.vps)
    ip_batch([f"route replace {ADDRESS}/32 dev {interface}"], inside=namespace(bed.lab, net.CORE))
    way = f"via {world.GATEWAY} dev eth0 onlink congctl cubic"
    ip_batch([f"route replace {ADDRESS}/32 {way}"], inside=namespace(bed.lab, wsl.NAME))
    host = namespace(bed.lab, bed.vps)
    ip_batch(
        [
            f"address replace {ADDRESS}/32 dev lo",
            f"route replace default {way} table {_TABLE}",
        ],
        inside=host,
    )
    if not run(["ip", "-n", host, "rule", "show", "pref", str(_TABLE)]).strip():
        ip_batch([f"rule add pref {_TABLE} from {ADDRESS} lookup {_TABLE}"], inside=host)
