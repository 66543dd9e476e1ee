"""What a slot needs of a connection; `session.py` has the real one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from .config import Config
from .heartbeats import Heartbeats


class Connection(Protocol):
    """One connection to the VPS; see Session for its attributes."""

    config: Config
    letter: str
    beats: Heartbeats
    born: float
    ended: bool
    refused: bool
    draining: bool
    counted: float
    words: str

    @property
    def up(self) -> bool:
        """Whether it has answered once."""

    def start(self, connect_timeout: int) -> None:
        """Begin to connect; a connect that takes longer (seconds) has failed."""

    def beat(self, now: float) -> None:
        """Ask, if it is time."""

    def ask(self, now: float) -> None:
        """Ask at once."""

    def drain(self, now: float) -> None:
        """Take no new streams."""

    def streams(self) -> int:
        """How many it carries."""

    def kill(self) -> None:
        """End it."""


Dial = Callable[[Config, int, str], Connection]
"""Makes the connection of a slot (by number) with its sockets in folder "a" or "b"; not started."""
Say = Callable[[str], None]
"""Writes one line to the journal."""
