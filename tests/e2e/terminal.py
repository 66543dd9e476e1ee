"""A command that runs until Ctrl-C, typed at a terminal of the WSL host."""

import os
import shlex
import tempfile
from collections.abc import Callable
from contextlib import suppress
from subprocess import PIPE, STDOUT, Popen

from lab import pulumi
from lab.hosts import entry
from tests.e2e.harness import Lab, Outcome
from tests.e2e.waiting import until

CTRL_C = b"\x03"
END_SECONDS = 60.0


def typed_until_ctrl_c(
    lab: Lab,
    *argv: str,
    shows: str,
    meanwhile: Callable[[], object] = lambda: None,
    seconds: float = 60.0,
) -> Outcome:
    """Type a command in the program's folder; once its screen shows a text, press Ctrl-C.

    Args:
        lab: Where.
        argv: The command.
        shows: The text.
        meanwhile: What to do while it is not shown yet, again and again.
        seconds: How long to wait for it.
    """
    # Whoever runs the tests in the background has SIGINT ignored, and all that they start.
    command = shlex.join(["env", "--default-signal=INT", *pulumi.as_user(argv)])
    terminal = ["script", "--quiet", "--return", "--command", command, "/dev/null"]
    with (
        tempfile.TemporaryFile() as screen,
        Popen(
            [*entry(lab.name, "wsl"), *terminal],
            env=pulumi.environment(lab.name),
            cwd="/",
            stdin=PIPE,
            stdout=screen,
            stderr=STDOUT,
            bufsize=0,
        ) as child,
    ):

        def shown() -> str:
            size = os.fstat(screen.fileno()).st_size
            return os.pread(screen.fileno(), size, 0).decode(errors="replace")

        def over() -> bool:
            meanwhile()
            return shows in shown() or child.poll() is not None

        assert child.stdin is not None
        try:
            until(over, seconds=seconds, what=f"{shows!r} is shown")
        finally:
            with suppress(BrokenPipeError):  # it has ended by itself; its status says how
                child.stdin.write(CTRL_C)
            try:
                code = child.wait(END_SECONDS)
            finally:
                child.kill()
        return Outcome(code, shown())
