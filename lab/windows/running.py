"""The tasks that run: each holds the distribution by a program in it."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from lab.windows.drive import RELAY, RUNNING


def start(task: str, command: str) -> None:
    """Run what a task starts in the distribution; one that runs already is left alone.

    Args:
        task: Its name.
        command: A command line for the user's shell.
    """
    if _leader(task) is not None:
        return
    relay = subprocess.Popen(
        [RELAY, command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
    )
    RUNNING.mkdir(exist_ok=True)
    (RUNNING / task).write_text(str(relay.pid), encoding="ascii")


def end(task: str) -> None:
    """End what a task has started."""
    leader = _leader(task)
    if leader is not None:
        os.killpg(leader, signal.SIGKILL)
    (RUNNING / task).unlink(missing_ok=True)


def _leader(task: str) -> int | None:
    """The relay's pid; None where it has ended, or the distribution was started anew since."""
    file = RUNNING / task
    if not file.exists():
        return None
    pid = file.read_text(encoding="ascii")
    with suppress(OSError):
        if RELAY in Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").split("\0"):
            return int(pid)
    return None
