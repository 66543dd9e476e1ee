"""reg.exe, as far as it is called: which distributions the registry has, and their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.windows.drive import DISTRIBUTION, DISTRIBUTION_ID
from lab.windows.session import Refused, stand_in, windows_text

if TYPE_CHECKING:
    from collections.abc import Sequence

_KEY = r"\Software\Microsoft\Windows\CurrentVersion\Lxss"
_OTHERS = {"{0b1d63c2-11b0-4f4e-8d5b-4f3f5f0a7a01}": "docker-desktop"}


def main(args: Sequence[str]) -> int:
    """Show the registered distributions."""
    return stand_in("reg.exe", args, answer)


def answer(args: Sequence[str]) -> bytes:
    """One key and one value for each. Raises Refused for any other question."""
    words = [word.lower() for word in args]
    if words[:1] != ["query"] or words[2:] != ["/s", "/v", "distributionname"]:
        raise Refused('ERROR: Invalid syntax.\nType "REG QUERY /?" for usage.')
    if words[1] not in {f"hkcu{_KEY}".lower(), f"hkey_current_user{_KEY}".lower()}:
        raise Refused("ERROR: The system was unable to find the specified registry key or value.")
    found = "".join(
        f"\nHKEY_CURRENT_USER{_KEY}\\{number}\n    DistributionName    REG_SZ    {name}\n"
        for number, name in {**_OTHERS, DISTRIBUTION_ID: DISTRIBUTION}.items()
    )
    return windows_text(f"{found}\nEnd of search: 2 match(es) found.\n")
