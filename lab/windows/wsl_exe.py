"""wsl.exe: its version, and whether a command line of it names what it knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.windows.drive import DISTRIBUTION, WSL_VERSION
from lab.windows.session import Refused, stand_in

if TYPE_CHECKING:
    from collections.abc import Sequence

_VALUES = {"--distribution", "-d", "--user", "-u", "--cd"}
_REST = {"--exec", "-e", "--"}


def main(args: Sequence[str]) -> int:
    """Print the version."""
    return stand_in("wsl.exe", args, answer)


def answer(args: Sequence[str]) -> bytes:
    """The version, in UTF-16 as the real one prints it. Raises Refused for all else."""
    if list(args) not in (["--version"], ["-v"]):
        raise Refused("the lab's wsl.exe only tells its version")
    said = f"WSL version: {WSL_VERSION}\nKernel version: 6.6.87.2-1\nWSLg version: 1.0.71\n"
    return said.replace("\n", "\r\n").encode("utf-16-le")


def check(args: Sequence[str]) -> None:
    """A command line that starts a program in a distribution.

    Raises:
        Refused: An unknown option, no command, or no such distribution.
    """
    words = list(args)
    distribution = DISTRIBUTION
    while words and words[0] not in _REST:
        option = words.pop(0)
        if option not in _VALUES or not words:
            raise Refused(f"Invalid command line argument: {option}")
        value = words.pop(0)
        if option in {"--distribution", "-d"}:
            distribution = value
    if len(words) < 2:  # noqa: PLR2004 - the option and a program
        raise Refused("Invalid command line argument: no command")
    if distribution.lower() != DISTRIBUTION.lower():
        raise Refused(
            "There is no distribution with the supplied name.\n"
            "Error code: Wsl/Service/WSL_E_DISTRO_NOT_FOUND"
        )
