"""Faults of the hosts: programs stopped, a key revoked, power, line, clock and disk."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from lab import hosts, links, net, wsl
from lab.cache import run_logged
from lab.faults.fault import Fault
from lab.hoststate import spec_of
from lab.namespaces import ip_batch, namespace
from lab.paths import cache_dir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from lab.faults.ground import Ground

KEYS = "/home/tunnel/.ssh/authorized_keys"
FAKETIME = "/usr/local/lib/libfaketime.so.1"
SPARE_MB = 48
"""What a size-limited root has beside what is on it."""


def stopped(unit: str, *, on_vps: bool) -> Callable[[Ground], AbstractContextManager[None]]:
    """A unit that is stopped."""

    @contextmanager
    def broken(ground: Ground) -> Iterator[None]:
        host = ground.vps if on_vps else wsl.NAME
        ground.sh(host, f"systemctl stop {unit}")
        try:
            yield
        finally:
            ground.sh(host, f"systemctl start {unit}")

    return broken


@contextmanager
def revoked_key(ground: Ground) -> Iterator[None]:
    """The VPS forgets the tunnel's key, and the tunnel that it let in ends."""
    vps = ground.vps
    ground.sh(vps, f"cp -p {KEYS} /root/kept-keys; : >{KEYS}; pkill -KILL -u tunnel")
    try:
        yield
    finally:
        ground.sh(vps, f"cp -p /root/kept-keys {KEYS}; rm /root/kept-keys")


@contextmanager
def sshd_stopped(ground: Ground) -> Iterator[None]:
    """Nobody can log in any more, and the tunnel is gone as well."""
    vps = ground.vps
    ground.sh(vps, "systemctl stop ssh.socket ssh.service 2>/dev/null; pkill -KILL -u tunnel")
    try:
        yield
    finally:
        ground.sh(vps, "systemctl start ssh.service")


@contextmanager
def powered_off(ground: Ground) -> Iterator[None]:
    """The plug is pulled at the provider."""
    vps, server = ground.vps, ground.server["id"]
    ground.hetzner("POST", f"/servers/{server}/actions/poweroff")
    ground.wait(lambda: not hosts.running(ground.lab, vps), 30, "the VPS is off")
    # The lab keeps its namespace, whose kernel would still refuse connections; no machine does.
    core = namespace(ground.lab, net.CORE)
    ip_batch([f"link set dev {net.interface_for(vps)} down"], inside=core)
    try:
        yield
    finally:
        ground.hetzner("POST", f"/servers/{server}/actions/poweron")
        ground.wait(lambda: hosts.running(ground.lab, vps), 30, "the VPS is on")
        hosts.wait_booted(ground.lab, vps)


def line(
    *, down: bool = False, loss: float = 0.0
) -> Callable[[Ground], AbstractContextManager[None]]:
    """The home's line is down, or loses packets each way."""

    @contextmanager
    def broken(ground: Ground) -> Iterator[None]:
        links.set_link(ground.lab, "home", down=down, loss=loss)
        try:
            yield
        finally:
            links.set_link(ground.lab, "home", down=False, loss=0.0)

    return broken


@contextmanager
def clock_off(ground: Ground) -> Iterator[None]:
    """Every program that starts on the VPS sees a clock two hours behind; no clock is set."""
    vps = ground.vps
    ground.sh(vps, f"cat >{FAKETIME}; chmod 755 {FAKETIME}", given=libfaketime().read_bytes())
    ground.sh(vps, f"echo -2h >/etc/faketimerc; echo {FAKETIME} >/etc/ld.so.preload")
    try:
        yield
    finally:
        ground.sh(vps, f"rm -f /etc/ld.so.preload; rm -f /etc/faketimerc {FAKETIME}")


def libfaketime() -> Path:
    """The library of Debian's package, unpacked in the cache; nothing is installed.

    Raises BuildError with apt's own words when it cannot be had.
    """
    folder = cache_dir() / "faketime"
    found = next(folder.glob("**/libfaketime.so.1"), None)
    if found is None:
        folder.mkdir(parents=True, exist_ok=True)
        get = "apt-get -q download libfaketime && dpkg-deb -x libfaketime_*.deb . && rm *.deb"
        run_logged("faketime", ["bash", "-euc", f'cd "$1" && {get}', "bash", folder])
        found = next(folder.glob("**/libfaketime.so.1"))
    return found


@contextmanager
def full_disk(ground: Ground) -> Iterator[None]:
    """The VPS runs on a root of limited size, which is filled; what it writes is lost after."""
    vps = ground.vps
    plain = spec_of(ground.lab, vps)
    hosts.stop(ground.lab, vps)
    replace(plain, root_spare_mb=SPARE_MB).save(ground.lab)
    try:
        hosts.start(ground.lab, vps)
        hosts.wait_booted(ground.lab, vps)
        ground.wait(ground.serves, 60, "the VPS serves from a small root")
        # One block at a time in the end, until nothing more fits.
        ground.sh(vps, "dd if=/dev/zero of=/var/tmp/filling bs=64k 2>/dev/null || true")
        yield
    finally:
        hosts.stop(ground.lab, vps)
        plain.save(ground.lab)
        hosts.start(ground.lab, vps)
        hosts.wait_booted(ground.lab, vps)


FAULTS = (
    Fault(
        name="service stopped",
        hop="service",
        cause="service-stopped",
        broken=stopped("asr", on_vps=False),
    ),
    Fault(
        name="nginx stopped on the WSL host",
        hop="balancer",
        cause="balancer-stopped",
        broken=stopped("nginx", on_vps=False),
    ),
    Fault(
        name="tunnel stopped",
        hop="tunnel",
        cause="tunnel-stopped",
        broken=stopped("vps-tunnel", on_vps=False),
    ),
    Fault(name="key revoked", hop="tunnel", cause="key-revoked", broken=revoked_key),
    Fault(name="sshd stopped", hop="vps", cause="sshd-stopped", broken=sshd_stopped),
    Fault(
        name="nginx stopped on the VPS",
        hop="nginx",
        cause="nginx-stopped",
        broken=stopped("nginx", on_vps=True),
    ),
    Fault(name="VPS off", hop="vps", cause="vps-silent", broken=powered_off),
    Fault(name="line down", hop="wsl", cause="line-down", broken=line(down=True)),
    Fault(name="3 % loss", hop="wsl", cause="loss", broken=line(loss=0.03)),
    Fault(name="clock off", hop="vps", cause="clock", broken=clock_off),
    Fault(name="disk full", hop="vps", cause="disk-full", broken=full_disk),
)
