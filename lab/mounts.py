"""A mount namespace of a daemon's own, and the way back to the machine's."""

from __future__ import annotations

import ctypes
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLONE_NEWNS = 0x00020000
MS_REC, MS_PRIVATE = 1 << 14, 1 << 18
OWN = "/proc/self/ns/mnt"
_libc = ctypes.CDLL(None, use_errno=True)  # os.unshare and os.setns came with Python 3.12


def mount(kind: str, target: Path | str, options: str = "", flags: int = 0) -> None:
    """Mount a file system of some kind in the current mount namespace. Raises OSError.

    A system call, not the program: that one keeps notes in /run/mount.
    """
    words = (kind, str(target), kind, options)
    source, where, what, data = (word.encode() for word in words)
    _check(_libc.mount(source, where, what, ctypes.c_ulong(flags), data), str(target))


def unmount(target: Path) -> None:
    """Undo one mount. Raises OSError."""
    _check(_libc.umount2(str(target).encode(), 0), str(target))


def unshare() -> int:
    """Leave the machine's mount namespace; returns a descriptor of it for `visiting`."""
    machine = os.open(OWN, os.O_RDONLY)
    _check(_libc.unshare(CLONE_NEWNS))
    mount("none", "/", flags=MS_REC | MS_PRIVATE)
    return machine


@contextmanager
def visiting(namespace: int) -> Iterator[None]:
    """Be in another mount namespace for a while; only a single-threaded process can."""
    own = os.open(OWN, os.O_RDONLY)
    _check(_libc.setns(namespace, CLONE_NEWNS))
    try:
        yield
    finally:
        _check(_libc.setns(own, CLONE_NEWNS))
        os.close(own)


def overlay(target: Path, *, lowers: tuple[Path, ...], upper: Path, work: Path) -> None:
    """Mount read-only directories (topmost first) with a writable one above them."""
    below = ":".join(map(_escaped, lowers))
    options = f"lowerdir={below},upperdir={_escaped(upper)},workdir={_escaped(work)}"
    mount("overlay", target, options)


def _escaped(path: Path) -> str:
    text = str(path)
    for character in "\\:,":
        text = text.replace(character, "\\" + character)
    return text


def _check(result: int, what: str = "mount namespace") -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)
