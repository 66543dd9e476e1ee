"""How WSL's own programs are told which distribution is meant: by its name, or by its number."""

import re

PLAIN_NAME = re.compile(r"[A-Za-z0-9._-]+")
"""A name that `--distribution` takes as it is."""
REGISTERED = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Lxss"
"""Where Windows' registry has a key for each distribution, called by its number."""
_NUMBER = re.compile(r"\\(\{[0-9A-Fa-f-]{36}\})$")
_NAME = re.compile(r"\s+DistributionName\s+REG_SZ\s+(.*)")


def registered_number(said: str, name: str) -> str | None:
    """The number of a distribution, in braces; None where none is called so.

    Args:
        said: What `reg.exe query REGISTERED /s /v DistributionName` prints, in any character set.
        name: The distribution's.
    """
    number = None
    for line in said.splitlines():
        if found := _NUMBER.search(line.rstrip()):
            number = found[1]
        named = _NAME.fullmatch(line.rstrip())
        if named and number and named[1] == name:
            return number
    return None
