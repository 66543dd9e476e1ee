"""Runs a command inside a host for the person at the terminal, as if they were there."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lab.hosts import ENVIRONMENT, entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


def exec_interactive(
    lab: str, host: str, argv: Sequence[str], *, env: Mapping[str, str] = ENVIRONMENT
) -> int:
    """Run a command as the host's root with our input, output and error; returns its exit status.

    On a terminal it gets one of the host's own, so job control and Ctrl-C work inside; in a pipe
    nothing is added and signals that reach us are passed on to it. 128 + N stands for signal N.
    """
    prefix = entry(lab, host)
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    inside = dict(env)
    if terminal:
        inside["TERM"] = os.environ.get("TERM", "xterm")
        argv = ["script", "--quiet", "--return", "--command", shlex.join(argv), "/dev/null"]
    # A session of its own keeps Ctrl-C from nsenter, which would die of it and leave the command.
    child = subprocess.Popen([*prefix, *argv], env=inside, cwd="/", start_new_session=not terminal)
    with _forwarding(child.pid):
        status = child.wait()
    return status if status >= 0 else 128 - status


@contextlib.contextmanager
def _forwarding(nsenter: int) -> Iterator[None]:
    """Send on what is sent to us, to the command that nsenter runs."""

    def forward(number: int, _frame: object) -> None:
        for target in _children(nsenter) or [nsenter]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(target, number)

    before = {number: signal.signal(number, forward) for number in _FORWARDED}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _children(pid: int) -> list[int]:
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
