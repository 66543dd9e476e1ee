"""wsl.exe, as far as it is called: its version. How it reads a command line is in `wsl_line`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.windows.drive import WSL_VERSION
from lab.windows.session import Refused, stand_in

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(args: Sequence[str]) -> int:
    """Print the version."""
    return stand_in("wsl.exe", args, answer)


def answer(args: Sequence[str]) -> bytes:
    """The version, in UTF-16 as the real one prints it. Raises Refused for all else."""
    if list(args) not in (["--version"], ["-v"]):
        raise Refused("the lab's wsl.exe only tells its version")
    said = f"WSL version: {WSL_VERSION}\nKernel version: 6.6.87.2-1\nWSLg version: 1.0.71\n"
    return said.replace("\n", "\r\n").encode("utf-16-le")
