"""The faults: each is done to a bed, says from when on answers count, and is cleaned up."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.bed import ACCOUNT, UNIT
from bench.home import block_names, move_home, only_syn
from lab import cgroups, hoststate, links, wsl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bench.bed import Bed
    from bench.rows import Fault

REBOOT_SECONDS = 60.0
_CLIENTS = f"""\
for pid in $(cat /sys/fs/cgroup/system.slice/{UNIT}.service/cgroup.procs); do
  [ "$(cat "/proc/$pid/comm")" = ssh ] && echo "$pid"
done
"""
_SESSIONS = f"pkill -9 -f '^sshd(-session)?: {ACCOUNT}( |@|$)'"
_BANNER = 'exec 3<>/dev/tcp/%s/22 && read -r -t 1 -u 3 line && echo "$line"'


@dataclass(frozen=True, kw_only=True)
class Moment:
    """A fault's end, and since when a question must have been asked for its answer to count; ns."""

    since: int
    end: int


@contextmanager
def inflict(bed: Bed, fault: Fault) -> Iterator[Moment]:
    """Do the fault and wait for its end; what it needs to be undone is undone on leaving."""
    if fault.name.startswith("dead-"):
        yield _during(fault.seconds, lambda down: _cut(bed, down=down))
        return
    if fault.name.startswith("frozen-"):
        yield _during(fault.seconds, lambda frozen: _freeze(bed, frozen=frozen))
        return
    if fault.name == "only-syn":
        yield _during(fault.seconds, lambda on: only_syn(bed, on=on))
        return
    if fault.name == "no-names":
        with block_names(bed):
            yield _now(lambda: kill_unit(bed))
        return
    yield _INSTANT[fault.name.removesuffix("-13").removesuffix("-idle")](bed)


def _during(seconds: float, switch: Callable[[bool], None]) -> Moment:
    """A fault that lasts: what was asked in it counts, if it is answered after it."""
    try:
        switch(True)  # noqa: FBT003 - on, off
        since = time.monotonic_ns() + 500_000_000
        time.sleep(seconds)
    finally:
        switch(False)  # noqa: FBT003 - on, off
    return Moment(since=since, end=time.monotonic_ns())


def _now(act: Callable[[], object]) -> Moment:
    """A fault that is over when the act returns; what was asked before does not count."""
    act()
    end = time.monotonic_ns()
    return Moment(since=end, end=end)


def kill_unit(bed: Bed) -> None:
    """Kill -9 everything in the tunnel's unit."""
    bed.run(wsl.NAME, "systemctl", "kill", "--signal=KILL", UNIT)


def kill_clients(bed: Bed, share: float) -> int:
    """Kill -9 a share of the unit's ssh processes, one at least; returns how many there were."""
    clients = bed.sh(wsl.NAME, _CLIENTS).split()
    count = max(1, round(len(clients) * share))
    bed.run(wsl.NAME, "kill", "-9", *clients[:count])
    return len(clients)


def _cut(bed: Bed, *, down: bool) -> None:
    links.set_link(bed.lab, "home", down=down)


def _freeze(bed: Bed, *, frozen: bool) -> None:
    group = cgroups.of_host(bed.lab, wsl.NAME) / "machine"
    (group / "cgroup.freeze").write_text("1" if frozen else "0")


def _reboot(bed: Bed, host: str, up: Callable[[], int | None]) -> Moment:
    boots = hoststate.state(bed.lab, host).boots
    bed.run(host, "systemctl", "reboot", check=False)
    deadline = time.monotonic() + REBOOT_SECONDS
    while time.monotonic() < deadline:
        if hoststate.state(bed.lab, host).boots > boots and (end := up()):
            return Moment(since=end, end=end)
        time.sleep(0.02)
    raise TimeoutError(f"{host} has not come back after {REBOOT_SECONDS:.0f} s")


def _sshd_answers(bed: Bed) -> int | None:
    banner = bed.run("client", "bash", "-c", _BANNER % bed.address, check=False)
    return time.monotonic_ns() if banner.startswith("SSH-") else None


def _network_up(bed: Bed) -> int | None:
    """When the WSL host's systemd started; its network is there by then, and not much sooner.

    The hosts share the machine's clock.
    """
    show = ["systemctl", "show", "--value", "-p", "UserspaceTimestampMonotonic"]
    try:
        return int(bed.run(wsl.NAME, *show, check=False).strip() or 0) * 1000 or None
    except (hoststate.HostError, ValueError):
        return None


_INSTANT: dict[str, Callable[[Bed], Moment]] = {
    "client-killed": lambda bed: _now(lambda: kill_unit(bed)),
    "session-killed": lambda bed: _now(lambda: bed.sh(bed.vps, _SESSIONS)),
    "half-pool": lambda bed: _now(lambda: kill_clients(bed, 0.5)),
    "new-address": lambda bed: _now(lambda: move_home(bed)),
    "nginx-restarted": lambda bed: _now(lambda: bed.run(bed.vps, "systemctl", "restart", "nginx")),
    "sshd-restarted": lambda bed: _now(lambda: bed.run(bed.vps, "systemctl", "restart", "ssh")),
    "vps-reboot": lambda bed: _reboot(bed, bed.vps, lambda: _sshd_answers(bed)),
    "wsl-reboot": lambda bed: _reboot(bed, wsl.NAME, lambda: _network_up(bed)),
}
