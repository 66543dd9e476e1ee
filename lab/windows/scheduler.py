"""The Task Scheduler by itself: at logon and every five minutes it starts what does not run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.windows.drive import TASKS
from lab.windows.running import start
from lab.windows.task_check import command_of

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(_args: Sequence[str]) -> int:
    """Start every task."""
    for file in sorted(TASKS.iterdir()):
        start(file.name, command_of(file.read_bytes()))
    return 0
