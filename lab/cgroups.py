"""Control groups of a lab's processes: how `down` finds every one of them, and only them.

Layout in the version 2 hierarchy: lab-<lab>/daemons and, for each host,
lab-<lab>/hosts/<host>/{supervisor,machine}. A host's own systemd sees a part of `machine` as root.
"""

from __future__ import annotations

import contextlib
import os
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

KILL_SECONDS = 10.0
REAP_SECONDS = 3.0
POLL_SECONDS = 0.01


class CgroupError(RuntimeError):
    """The machine's control groups cannot carry a lab."""


@cache
def mount_point(mounts: Path = Path("/proc/self/mounts")) -> Path:
    """Where the version 2 hierarchy is mounted (beside version 1 on a hybrid machine)."""
    for line in mounts.read_text().splitlines():
        _, target, kind, *_ = line.split()
        if kind == "cgroup2":
            return Path(target)
    raise CgroupError(
        "no cgroup2 file system is mounted, and the lab's hosts run systemd, which needs it; "
        "mount one: mkdir -p /sys/fs/cgroup/unified && mount -t cgroup2 none /sys/fs/cgroup/unified"
    )


def of_lab(lab: str) -> Path:
    """The directory above everything that runs for this lab."""
    return mount_point() / f"lab-{lab}"


def of_daemons(lab: str) -> Path:
    """The directory of the lab's own processes on the machine."""
    return of_lab(lab) / "daemons"


def of_host(lab: str, host: str) -> Path:
    """The directory above a host's processes and its supervisor."""
    return of_lab(lab) / "hosts" / host


def entering(group: Path, argv: Sequence[str]) -> list[str]:
    """A command line that joins the group, made here when missing, before it becomes `argv`."""
    group.mkdir(parents=True, exist_ok=True)
    return ["/bin/sh", "-c", 'echo 0 >"$0" && exec "$@"', f"{group}/cgroup.procs", *argv]


def populated(group: Path) -> bool:
    """Whether a process lives in the group or below it."""
    try:
        return "populated 1" in (group / "cgroup.events").read_text()
    except OSError:  # it went away between the two calls, or was never there
        return False


def kill(group: Path, *, seconds: float = KILL_SECONDS, reaped: bool = False) -> None:
    """SIGKILL everything in and below the group, wait for the last one, remove the group.

    With `reaped` wait also until no process list shows the dead any more: that is up to their
    parent, often the machine's init, and given 3 s. Does nothing when there is no such group.
    Raises CgroupError when a process outlives the wait.
    """
    if not group.is_dir():
        return
    dying = _process_ids(group)
    (group / "cgroup.kill").write_text("1")
    deadline = time.monotonic() + seconds
    while populated(group):
        if time.monotonic() > deadline:
            raise CgroupError(f"processes in {group} outlived SIGKILL by {seconds:.0f} s")
        time.sleep(POLL_SECONDS)
    remove(group)
    deadline = time.monotonic() + REAP_SECONDS
    while reaped and any(map(_is_zombie, dying)) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def _process_ids(group: Path) -> list[int]:
    found: list[int] = []
    for directory, _, _ in os.walk(group):
        with contextlib.suppress(OSError):  # it went away meanwhile
            found += map(int, (Path(directory) / "cgroup.procs").read_text().split())
    return found


def _is_zombie(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] == "Z" and os.getpid() != _parent(stat)


def _parent(stat: str) -> int:
    return int(stat.rpartition(")")[2].split()[1])


def remove(group: Path) -> None:
    """Remove an empty group and all below it."""
    for directory, _, _ in os.walk(group, topdown=False):
        try:
            Path(directory).rmdir()
        except FileNotFoundError:
            continue
