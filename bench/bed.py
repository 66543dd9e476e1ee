"""A bed: a lab with the program deployed in it and the echo service behind its tunnel.

Visitors reach the VPS itself (mode direct-http): the edge and TLS are the same whatever carries
the calls to the WSL host, and would only add their own noise to each path.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from bench import loader
from lab import hosts, lifecycle, namespaces, pulumi, wsl
from lab.hosts import run_in
from lab.hoststate import spec_of

if TYPE_CHECKING:
    from collections.abc import Callable

UNIT = "vps-tunnel"
ACCOUNT = "tunnel"
SERVICE_PORT = 8003
PUBLIC_NAME = "echo.gonova.one"
STREAM_PATH = "/v1/stream/echo"
SERVING_SECONDS = 60.0

_UNIT = f"""\
[Unit]
Description=Echo service of bin/bench
[Service]
ExecStart={loader.PROGRAM} service address=0.0.0.0 port={SERVICE_PORT}
Restart=always
[Install]
WantedBy=multi-user.target
"""
_TEN_TIMES = """\
for i in 1 2 3 4 5 6 7 8 9 10; do
  curl -sf -m 2 -o /dev/null -H 'Host: {name}' http://{address}/health || exit 1
done
echo good
"""
# 64,000 ports instead of 28,000: a run opens more connections in a minute than there were.
_PORTS = "echo '1024 65535' >/proc/sys/net/ipv4/ip_local_port_range"


class BedError(RuntimeError):
    """A bed cannot be made."""


@dataclass(frozen=True, kw_only=True)
class Bed:
    """A lab that serves the public name. `vps` is its VPS's host name and `address` its address."""

    lab: str
    vps: str
    address: str

    def run(self, host: str, *argv: str, check: bool = True) -> str:
        """Run a command as root on a host; its standard output."""
        done = run_in(self.lab, host, argv, check=check)
        return done.stdout.decode(errors="replace")

    def run_with(self, host: str, text: str, *argv: str) -> None:
        """Run a command as root on a host with `text` on its input."""
        run_in(self.lab, host, argv, input=text.encode())

    def sh(self, host: str, script: str, *, check: bool = True) -> str:
        """Run a bash script as root on a host; its standard output."""
        done = run_in(self.lab, host, ["bash", "-s"], input=script.encode(), check=check)
        return done.stdout.decode(errors="replace")

    def wait_serving(self, name: str = PUBLIC_NAME, seconds: float = SERVING_SECONDS) -> None:
        """Until a public name answers ten times in a row. Raises BedError."""
        ask = _TEN_TIMES.format(name=name, address=self.address)
        deadline = time.monotonic() + seconds
        while self.sh("client", ask, check=False).strip() != "good":
            if time.monotonic() > deadline:
                raise BedError(f"{name} of lab {self.lab} does not answer after {seconds:.0f} s")


def make(lab: str, image: str, report: Callable[[str], None]) -> Bed:
    """Bring the lab up and deploy the program in it, its settings the defaults.

    Raises BedError with what `pulumi up` said when it failed.
    """
    lifecycle.up(lab, report)
    wsl.sync_program(lab)
    for host in ("client", wsl.NAME):
        loader.install(lab, host)
    _start_service(lab)
    file = f"{wsl.PROGRAM}/{wsl.STACK_FILE}"
    own = run_in(lab, wsl.NAME, ["sed", "-n", "/^encryptionsalt/p", file]).stdout.decode()
    text = own + yaml.safe_dump({"config": settings(image)}, sort_keys=False)
    run_in(lab, wsl.NAME, ["tee", file], input=text.encode())
    said: list[str] = []
    words = ["up", "--yes", "--skip-preview", "--suppress-outputs", "--stack", pulumi.STACK]
    if pulumi.pulumi_lines(lab, words, said.append):
        raise BedError(f"pulumi up in lab {lab} failed:\n" + "\n".join(said[-40:]))
    vps = [name for name in hosts.names(lab) if name.startswith("hetzner-")]
    if len(vps) != 1:
        raise BedError(f"lab {lab} has {len(vps)} rented machines, not one: {vps}")
    address = str(spec_of(lab, vps[0]).address)
    for name in ("client", vps[0]):
        namespaces.run([*namespaces.enter(namespaces.namespace(lab, name)), "sh", "-c", _PORTS])
    bed = Bed(lab=lab, vps=vps[0], address=address)
    bed.wait_serving()
    return bed


def settings(image: str) -> dict[str, object]:
    """The stack's settings: what the guide has, and the echo service; all else by default."""
    services = [
        {"name": "asr"},
        {"name": "tts"},
        {"name": "echo", "port": 8082, "upstreams": [f"127.0.0.1:{SERVICE_PORT}"]},
    ]
    return {
        "vps-reverse-proxy:server": {"provider": "hcloud", "image": image},
        "vps-reverse-proxy:edge": {"mode": "direct-http", "zone": "gonova.one"},
        "vps-reverse-proxy:services": services,
    }


def _start_service(lab: str) -> None:
    unit = "/etc/systemd/system/bench-echo.service"
    run_in(lab, wsl.NAME, ["tee", unit], input=_UNIT.encode())
    run_in(lab, wsl.NAME, ["systemctl", "daemon-reload"])
    run_in(lab, wsl.NAME, ["systemctl", "enable", "--quiet", "bench-echo"])
    run_in(lab, wsl.NAME, ["systemctl", "restart", "bench-echo"])
