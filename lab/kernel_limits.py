"""A limit of the kernel that many hosts on one machine reach: raised while a lab is up.

Every systemd watches its files through some inotify instances, and all hosts share the 128 that
root may have by default: with ten hosts up the next one would not boot.
"""

from pathlib import Path

from lab.paths import cache_dir
from lab.processes import write_atomically

WANTED_INSTANCES = 1024
LIMIT = Path("/proc/sys/fs/inotify/max_user_instances")


def raise_limits(limit: Path = LIMIT) -> None:
    """Let more hosts boot, and remember what the machine had."""
    before = int(limit.read_text())
    if before < WANTED_INSTANCES:
        write_atomically(_saved(), str(before))
        limit.write_text(str(WANTED_INSTANCES))


def restore_limits(*, labs_left: bool, limit: Path = LIMIT) -> None:
    """Put back what the machine had, once no lab is left on it."""
    if labs_left or not _saved().exists():
        return
    limit.write_text(_saved().read_text())
    _saved().unlink()


def _saved() -> Path:
    return cache_dir() / "inotify-instances"
