"""What every stand-in does first: is there a way to Windows, and what was called."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from lab.windows.drive import CALLS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Refused(Exception):  # noqa: N818 - what Windows does
    """A call that the real program refuses, in its words; `status` is its exit status."""

    def __init__(self, words: str, status: int = 1) -> None:
        super().__init__(words)
        self.status = status


def called(program: str, args: Sequence[str]) -> None:
    """Write a call down.

    Raises:
        Refused: This session has no socket to Windows, as one of sudo or of a service.
    """
    socket = os.environ.get("WSL_INTEROP", "")
    if not socket or not Path(socket).exists():
        raise Refused("<3>WSL (1 - ) ERROR: UtilConnectToInteropServer:300: connect failed 2")
    line = json.dumps({"time": time.time(), "program": program, "args": list(args)})
    with CALLS.open("a", encoding="utf-8") as log:
        log.write(line + "\n")


def stand_in(program: str, args: Sequence[str], answer: Callable[[Sequence[str]], bytes]) -> int:
    """Run a stand-in to its end; the exit status.

    Args:
        program: What it stands in for.
        args: What it was given.
        answer: What it writes for these arguments; raises Refused.
    """
    try:
        called(program, args)
        said = answer(args)
    except Refused as error:
        sys.stderr.write(f"{error}\n")
        return error.status
    sys.stdout.buffer.write(said)
    return 0


def windows_text(text: str) -> bytes:
    """As most of Windows' programs write to a pipe: two characters end a line."""
    return text.replace("\n", "\r\n").encode("cp437", "replace")
