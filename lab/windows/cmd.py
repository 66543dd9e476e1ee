"""cmd.exe, as far as it is called: `/d /u /c echo %NAME%`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lab.windows.drive import USER
from lab.windows.session import Refused, stand_in, windows_text

if TYPE_CHECKING:
    from collections.abc import Sequence

VARIABLES = {"userprofile": rf"C:\Users\{USER}", "systemroot": r"C:\Windows"}
_SWITCHES = {"/d", "/q", "/a", "/u", "/s"}


def main(args: Sequence[str]) -> int:
    """Echo a text with its variables filled in."""
    return stand_in("cmd.exe", args, answer)


def answer(args: Sequence[str]) -> bytes:
    """What `echo` prints. Raises Refused for any other command."""
    switches, words = split(args)
    if not words or words[0].lower() != "echo":
        raise Refused(f"'{' '.join(words)}' is not a program of the lab's Windows.")
    said = expand(" ".join(words[1:])) + "\n"
    unicode = said.replace("\n", "\r\n").encode("utf-16-le")
    return unicode if "/u" in switches else windows_text(said)


def split(args: Sequence[str]) -> tuple[set[str], list[str]]:
    """The switches before /c, and the command after it. Raises Refused without one."""
    switches: set[str] = set()
    for index, word in enumerate(args):
        if word.lower() == "/c":
            return switches, list(args[index + 1 :])
        if word.lower() not in _SWITCHES:
            break
        switches.add(word.lower())
    raise Refused("the lab's cmd.exe runs one command, after /c")


def expand(text: str) -> str:
    """%NAME% becomes its value; an unknown one stays as it is."""
    return re.sub(r"%(\w+)%", lambda name: VARIABLES.get(name[1].lower(), name[0]), text)
