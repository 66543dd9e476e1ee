"""End a process and all that it started."""

import contextlib
import os
import signal
from collections import defaultdict
from pathlib import Path


def end_tree(pid: int) -> None:
    """Kill the process and its descendants; those of another user stay.

    The published plugin kills only the process itself, and then waits for the rest to end.
    """
    children: dict[int, list[int]] = defaultdict(list)
    for child, parent in _parents():
        children[parent].append(child)
    found = [pid]
    for each in found:  # grows as it goes
        found += children[each]
    for each in found:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(each, signal.SIGKILL)


def _parents() -> list[tuple[int, int]]:
    pairs = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        with contextlib.suppress(OSError):  # it ended meanwhile
            # The name in parentheses may hold anything, so what follows is read from its end.
            after = (entry / "stat").read_text().rpartition(")")[2].split()
            pairs.append((int(entry.name), int(after[1])))
    return pairs
