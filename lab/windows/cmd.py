"""cmd.exe, as far as it is called: `/d /u /c set NAME`, and `/c echo %NAME%`."""

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
    """What `echo` or `set` prints. Raises Refused for any other command."""
    switches, words = split(args)
    if [word.lower() for word in words[:1]] == ["set"] and len(words) == 2:  # noqa: PLR2004 - and a name
        said = shown(words[1])
    elif words and words[0].lower() == "echo":
        said = expand(" ".join(words[1:])) + "\n"
    else:
        raise Refused(f"'{' '.join(words)}' is not a program of the lab's Windows.")
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


def shown(beginning: str) -> str:
    """The variables whose names begin so, a line each. Raises Refused where there is none."""
    lines = [
        f"{name.upper()}={value}\n"
        for name, value in VARIABLES.items()
        if name.startswith(beginning.lower())
    ]
    if not lines:
        raise Refused(f"Environment variable {beginning} not defined")
    return "".join(lines)


def expand(text: str) -> str:
    """%NAME% becomes its value, up to the first & in it; an unknown one stays as it is."""
    said = re.sub(r"%(\w+)%", lambda name: VARIABLES.get(name[1].lower(), name[0]), text)
    return said.partition("&")[0]
