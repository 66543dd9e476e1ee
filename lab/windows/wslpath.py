"""wslpath, a program of WSL itself: it needs no way to Windows."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from lab.windows.drive import DISTRIBUTION, DRIVE

if TYPE_CHECKING:
    from collections.abc import Sequence

_OPTIONS = {"-a", "-u", "-w", "-m"}


def main(args: Sequence[str]) -> int:
    """Print a path in the other system's spelling."""
    options = [word for word in args if word.startswith("-")]
    paths = [word for word in args if not word.startswith("-")]
    if len(paths) != 1 or not set(options) <= _OPTIONS:
        sys.stderr.write("wslpath: Invalid argument\nUsage: wslpath [-a|-u|-w|-m] path\n")
        return 1
    to_windows = bool({"-w", "-m"} & set(options))
    path = windows_path(paths[0]) if to_windows else linux_path(paths[0])
    print(path.replace("\\", "/") if "-m" in options else path)
    return 0


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
    if colon and drive.upper() == "C":
        return str(DRIVE) + below.replace("\\", "/").rstrip("/")
    return path.replace("\\", "/")
