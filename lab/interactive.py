"""Runs commands inside a host that are told of Ctrl-C, for a person at the terminal or a reader."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from lab.hosts import ENVIRONMENT, entry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import IO

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
    # A session of its own keeps Ctrl-C from the command's parent, which would die of it and leave
    # the command.
    child = subprocess.Popen([*prefix, *argv], env=inside, cwd="/", start_new_session=not terminal)
    with _forwarding(child.pid):
        status = child.wait()
    return status if status >= 0 else 128 - status


def run_to_its_end(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    show: Callable[[str], None],
    errors_to: IO[str] | int = subprocess.STDOUT,
) -> int:
    """Run `entry` and a command, each line of its output to `show`; returns its exit status.

    A signal to us is passed on to the command, which may need time to end well (pulumi lets go of
    its lock) and is read until then. Afterwards Ctrl-C raises KeyboardInterrupt, another signal
    SystemExit.
    """
    told: list[int] = []
    # Only the main thread can take signals; another one's command gets the terminal's itself.
    main = threading.current_thread() is threading.main_thread()
    with subprocess.Popen(
        argv,
        env=env,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=errors_to,
        text=True,
        errors="replace",
        start_new_session=main,
    ) as child:
        assert child.stdout is not None
        with _forwarding(child.pid, told) if main else contextlib.nullcontext():
            for line in child.stdout:
                show(line.rstrip("\n"))
            child.wait()
    if signal.SIGINT in told:
        raise KeyboardInterrupt
    if told:
        raise SystemExit(128 + told[0])
    return child.returncode


@contextlib.contextmanager
def _forwarding(parent: int, told: list[int] | None = None) -> Iterator[None]:
    """Send what is sent to us on to the parent's command; `told` keeps the signals."""

    def forward(number: int, _frame: object) -> None:
        if told is not None:
            told.append(number)
        for target in _children(parent) or [parent]:
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
