"""Daemons of a lab: started detached, known by process id and start time, never by name."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lab import cgroups

if TYPE_CHECKING:
    from collections.abc import Sequence

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
STARTED_FIELD = 19  # of /proc/PID/stat after the command's name: clock ticks since boot


@dataclass(frozen=True, kw_only=True)
class Process:
    """One process of this boot of the machine; a process id alone may be someone else's by now."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> Process:
        """The process that has this id now. Raises ProcessLookupError when there is none."""
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except FileNotFoundError as error:
            raise ProcessLookupError(pid) from error
        return cls(pid=pid, started=int(stat.rpartition(")")[2].split()[STARTED_FIELD]))

    @property
    def alive(self) -> bool:
        """Whether it still runs; a dead one that nobody has waited for does not."""
        try:
            stat = Path(f"/proc/{self.pid}/stat").read_text()
        except OSError:
            return False
        fields = stat.rpartition(")")[2].split()
        return int(fields[STARTED_FIELD]) == self.started and fields[0] not in "ZX"

    def send(self, number: int) -> bool:
        """Send a signal; False when it has already ended."""
        try:
            descriptor = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return False
        try:
            if not self.alive:  # the descriptor holds the id, so this cannot change under us
                return False
            signal.pidfd_send_signal(descriptor, number)
        except ProcessLookupError:
            return False
        finally:
            os.close(descriptor)
        return True

    def save(self, file: Path) -> None:
        """Write the process file that `saved` reads."""
        write_atomically(file, json.dumps(asdict(self)))


def saved(file: Path) -> Process | None:
    """The process a file names, if it still runs."""
    with contextlib.suppress(OSError, ValueError, TypeError):
        process = Process(**json.loads(file.read_text()))
        if process.alive:
            return process
    return None


def write_atomically(file: Path, text: str) -> None:
    """Replace a file's content so that a reader sees the old or the new, mode 0600."""
    new = file.with_name(f".{file.name}.{os.getpid()}")
    new.touch(mode=0o600)
    new.write_text(text)
    new.replace(file)


def clean_environment() -> dict[str, str]:
    """What the lab's own programs get: nothing of the caller's but where the cache is.

    The caller's tokens must not enter the lab.
    """
    kept = {name: os.environ[name] for name in ("XDG_CACHE_HOME", "HOME") if name in os.environ}
    source = str(Path(__file__).resolve().parent.parent)
    return {**kept, "PATH": PATH, "LANG": "C.UTF-8", "PYTHONPATH": source}


def start_daemon(
    group: Path,
    argv: Sequence[str],
    *,
    log: Path,
    process_file: Path,
    netns: Path | None = None,
    cwd: Path = Path("/"),
) -> Process:
    """Start a program detached, in a control group, its output appended to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if netns is not None:
        argv = ["nsenter", f"--net={netns}", "--", *argv]
    with log.open("ab") as output:
        child = subprocess.Popen(
            cgroups.entering(group, argv),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=clean_environment(),
            cwd=cwd,
            start_new_session=True,
        )
    process = Process.of(child.pid)
    process.save(process_file)
    return process


def python(*argv: str) -> list[str]:
    """A command line that runs a module of this package with this interpreter."""
    return [sys.executable, "-m", *argv]


def tail(file: Path, lines: int = 20) -> str:
    """The last lines of a log, indented for an error message."""
    try:
        last = file.read_text(errors="replace").splitlines()[-lines:]
    except OSError:
        return f"  ({file} does not exist)"
    return "\n".join(f"  {line}" for line in last) or "  (empty)"
