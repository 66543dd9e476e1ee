"""powershell.exe's command line, as a scheduled task gives it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lab.windows import wsl_line
from lab.windows.command_line import split_words
from lab.windows.session import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

_SWITCHES = {"-noprofile", "-noninteractive", "-nologo", "-noexit", "-sta", "-mta"}
_VALUES = {
    "-windowstyle": {"normal", "hidden", "minimized", "maximized"},
    "-executionpolicy": {"bypass", "remotesigned", "unrestricted", "restricted", "allsigned"},
}
_WORD = re.compile(r"""'((?:[^']|'')*)'|"([^"]*)"|(\S+)""")


def check(arguments: str) -> str:
    """A command line that calls wsl.exe without a window.

    Returns:
        What it runs in the distribution.

    Raises:
        Refused: An unknown parameter, or a call that wsl.exe refuses.
    """
    words = split_words(arguments)
    while words:
        name = words.pop(0)
        key = name.lower()
        if key in {"-command", "-c"}:
            return _check_command(" ".join(words))
        if key in _VALUES:
            value = words.pop(0).lower() if words else ""
            if value not in _VALUES[key]:
                raise Refused(f"Cannot process the value of {name}: {value}")
        elif key not in _SWITCHES:
            raise Refused(f"powershell.exe knows no parameter {name}")
    raise Refused("powershell.exe is given no -Command")


def _check_command(command: str) -> str:
    words: Sequence[str] = [
        single.replace("''", "'") if single else double or plain
        for single, double, plain in _WORD.findall(command)
    ]
    if words[:2] != ["&", "wsl.exe"]:
        raise Refused(f"the lab's Windows does not run: {command}")
    if any(word.startswith("{") for word in command.split()):
        raise Refused("a bare brace begins a block of PowerShell's own")
    return wsl_line.check(" ".join(map(_native, words[2:])), windowless=False)


def _native(word: str) -> str:
    """A word as PowerShell writes it into another program's command line: its quotes are gone."""
    return f'"{word}"' if " " in word or not word else word
