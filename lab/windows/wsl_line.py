"""How wsl.exe and wslg.exe read their command line: by themselves, and not as other programs do.

A word ends at the first blank, and quotes are a part of it (microsoft/WSL#9792): no name of a
distribution with a blank in it can be told, only its number. So says WSL's own source,
WslClient.cpp.
"""

from __future__ import annotations

import re

from lab.windows.drive import DISTRIBUTION, DISTRIBUTION_ID
from lab.windows.session import Refused

_NUMBER = re.compile(r"\{?[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}?")
_QUOTED = re.compile(r'"[^"]*"')
_SHELLS = {"standard", "login", "none"}


def check(line: str, *, windowless: bool) -> str:
    """A command line, without the program's own name, that starts a program in a distribution.

    Args:
        line: All of it.
        windowless: Whether it is wslg.exe, which knows fewer options.

    Returns:
        What it runs there.

    Raises:
        Refused: An unknown option, no command, or no such distribution.
    """
    word, rest = _cut(line)
    if _NUMBER.fullmatch(word):
        _look_up(word.strip("{}").lower() == DISTRIBUTION_ID.strip("{}").lower())
        line = rest
    while line:
        word, rest = _cut(line)
        if word == "--" or (word in {"--exec", "-e"} and not windowless):
            line = rest
            break
        if not word.startswith("-"):
            break
        line = _option(word, rest, windowless=windowless)
    if not line:
        raise Refused("Invalid command line argument: no command")
    return line


def _option(word: str, rest: str, *, windowless: bool) -> str:
    """What stands behind an option and its value."""
    quotes = word == "--cd"
    value, behind = _cut(rest, quotes=quotes)
    if word in {"--distribution", "-d"}:
        _look_up(value.lower() == DISTRIBUTION.lower())
    elif word == "--distribution-id" and not windowless:
        _look_up(value.strip("{}").lower() == DISTRIBUTION_ID.strip("{}").lower())
    elif word == "--shell-type":
        if value not in _SHELLS:
            raise Refused("The parameter is incorrect.")
    elif word not in {"--user", "-u", "--cd"}:
        raise Refused(f"Invalid command line argument: {word}")
    if not value:
        raise Refused(f"Invalid command line argument: {word}")
    return behind


def _cut(line: str, *, quotes: bool = False) -> tuple[str, str]:
    """The first word, and what stands behind it."""
    line = line.lstrip(" \t")
    quoted = _QUOTED.match(line) if quotes else None
    word = quoted[0] if quoted else re.split(r"[ \t]", line, maxsplit=1)[0]
    return word, line[len(word) :].lstrip(" \t")


def _look_up(known: bool) -> None:  # noqa: FBT001 - the answer
    if not known:
        raise Refused(
            "There is no distribution with the supplied name.\n"
            "Error code: Wsl/Service/WSL_E_DISTRO_NOT_FOUND"
        )
