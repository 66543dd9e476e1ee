"""What the VPS sees of the tunnel: a link for each connection that answers, and sshd's sessions."""

from __future__ import annotations

import contextlib
import pwd
import time
from dataclasses import dataclass, field
from pathlib import Path

from .files import KeptFile


@dataclass
class Tunnel:
    """The tunnel's connections, looked at every few seconds.

    Attributes:
        folder: Where the links are, by the connections' numbers.
        connections: How many there should be.
        account: Whose sessions hold them.
        began: Since when this program looks (unix seconds).
        since: Since when there is a connection, or none (unix seconds).
        reconnects: How often a connection was seen to come anew.
        seen: Last time that anything of the WSL host was there (unix seconds).
    """

    folder: Path
    connections: int
    account: str
    began: float = field(default_factory=time.time)
    since: float = field(default_factory=time.time)
    seen: float = field(default_factory=time.time)
    reconnects: int = 0
    sessions: int = 0
    paths: dict[str, bool] = field(default_factory=dict)
    _links: dict[str, int] = field(default_factory=dict)

    @property
    def up(self) -> int:
        """How many connections answer."""
        return sum(self.paths.values())

    def load(self, path: Path) -> None:
        """Read when an earlier run last saw the WSL host; without that, it is now."""
        with contextlib.suppress(OSError, ValueError):
            self.seen = min(self.began, float(path.read_text(encoding="utf-8")))

    def save(self, file: KeptFile) -> None:
        """Keep it for the next run."""
        file.keep(f"{self.seen}\n")

    def look(self, *, proc: Path = Path("/proc")) -> None:
        """See how it is now."""
        now, before = time.time(), self.up
        for slot in map(str, range(self.connections)):
            made = self._made(slot)
            self.paths[slot] = made is not None
            # The first sight of a link says nothing of when it came.
            if made is not None and self._links.get(slot, made) != made:
                self.reconnects += 1
            if made is not None:
                self._links[slot] = made
        self.sessions = _sessions(self.account, proc)
        if self.up or self.sessions:
            self.seen = now
        if bool(self.up) != bool(before):
            self.since = now

    def _made(self, slot: str) -> int | None:
        """When a connection's link was made (nanoseconds); None where it leads nowhere."""
        link = self.folder / slot
        try:
            link.stat()
            return link.lstat().st_mtime_ns
        except OSError:
            return None


def _sessions(account: str, proc: Path) -> int:
    """How many of sshd's processes belong to an account."""
    try:
        uid = pwd.getpwnam(account).pw_uid
    except KeyError:
        return 0
    count = 0
    for process in proc.glob("[0-9]*"):
        try:
            mine = process.stat().st_uid == uid
            count += mine and (process / "comm").read_text().startswith("sshd")
        except OSError:
            continue
    return count
