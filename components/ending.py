"""Ends a program that we started and that may have become root's meanwhile, as sudo does."""

import subprocess
from contextlib import suppress

_SECONDS = 1.0


def end(child: "subprocess.Popen[bytes] | subprocess.Popen[str]") -> None:
    """End it and wait for that, a second at most; what we may not end goes on without us."""
    for pipe in (child.stdin, child.stdout, child.stderr):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    with suppress(PermissionError):  # an ordinary user may not end what sudo runs
        child.kill()
    with suppress(subprocess.TimeoutExpired):
        child.wait(_SECONDS)
