"""wslpath, a program of WSL itself: it needs no way to Windows."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from lab.windows.drive import DISTRIBUTION, DRIVE
from lab.windows.session import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

_OPTIONS = {"-a", "-u", "-w", "-m"}


def main(args: Sequence[str]) -> int:
    """Print a path in the other system's spelling."""
    try:
        sys.stdout.buffer.write(answer(args))
    except Refused as error:
        sys.stderr.write(f"{error}\n")
        return error.status
    return 0


def answer(args: Sequence[str]) -> bytes:
    """The path, and a line end. Raises Refused."""
    options = [word for word in args if word.startswith("-")]
    paths = [word for word in args if not word.startswith("-")]
    if len(paths) != 1 or not set(options) <= _OPTIONS:
        raise Refused("wslpath: Invalid argument\nUsage: wslpath [-a|-u|-w|-m] path")
    to_windows = bool({"-w", "-m"} & set(options))
    path = windows_path(paths[0]) if to_windows else linux_path(paths[0])
    return (path.replace("\\", "/") if "-m" in options else path).encode() + b"\n"


def windows_path(path: str) -> str:
    r"""A path of the C: drive, or one of Linux through its share: \\wsl.localhost\NAME\..."""
    below = path.removeprefix(f"{DRIVE}/")
    if below != path:
        return "C:\\" + below.replace("/", "\\")
    return rf"\\wsl.localhost\{DISTRIBUTION}" + path.replace("/", "\\")


def linux_path(path: str) -> str:
    """Where a path of Windows is mounted."""
    share = rf"\\wsl.localhost\{DISTRIBUTION}"
    if path.startswith(share):
        return path[len(share) :].replace("\\", "/") or "/"
    drive, colon, below = path.partition(":")
    if len(drive) == 1 and colon and drive.upper() != "C":
        raise Refused(f"wslpath: {path}")  # that drive is not mounted
    if colon and drive.upper() == "C":
        return str(DRIVE) + below.replace("\\", "/").rstrip("/")
    return path.replace("\\", "/")
