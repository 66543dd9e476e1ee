"""whoami.exe, as far as it is called: `/user /fo csv /nh`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.windows.drive import USER, USER_ID
from lab.windows.session import Refused, stand_in, windows_text

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(args: Sequence[str]) -> int:
    """Name the user."""
    return stand_in("whoami.exe", args, answer)


def answer(args: Sequence[str]) -> bytes:
    """Name and security identifier. Raises Refused for other arguments."""
    if [word.lower() for word in args] != ["/user", "/fo", "csv", "/nh"]:
        raise Refused(f'ERROR: Invalid argument/option - "{" ".join(args)}".')
    return windows_text(f'"desk\\{USER.lower()}","{USER_ID}"\n')
