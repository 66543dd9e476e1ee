"""Where the tunnel ends on the VPS: for each of its connections one socket per service.

A socket and not a port: a new connection takes it over at once, whatever became of the old one.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from components.naming import StackName

OPEN_FILES = 16384
"""Files that one connection may have open, and so nearly its streams, at both ends."""

WORLD_WRITABLE = ("/tmp", "/var/tmp", "/dev/shm", "/run/lock")  # noqa: S108 # nosec B108 - kept from it
"""Where Debian lets every account write."""

SPARE_FILES = 64  # what sshd and ssh have open for themselves
_SESSIONS = 64  # of one slot at once, on a bad line: those that died unnoticed keep their names
_LONGEST_NAME = 24  # a socket's whole path has room for 107 bytes


def socket_name(service: str) -> str:
    """The file name of a service's sockets."""
    if len(service) <= _LONGEST_NAME:
        return service
    return f"{service[:15]}-{hashlib.sha256(service.encode()).hexdigest()[:8]}"


@dataclass(frozen=True, kw_only=True)
class Sockets:
    """The sockets of one stack.

    Attributes:
        stack: Whose.
        connections: Of the tunnel.
    """

    stack: StackName
    connections: int

    @property
    def directory(self) -> str:
        """What holds them; nobody but the tunnel's account and nginx looks into it."""
        return f"/run/vps-reverse-proxy-{self.stack.slug}"

    @property
    def folders(self) -> Sequence[str]:
        """Two for each connection: a new one is up in the other before the old one goes."""
        return [f"{slot}{letter}" for slot in range(self.connections) for letter in "ab"]

    def of_service(self, service: str) -> Sequence[str]:
        """A service's socket on each connection. Each is there while its connection answers."""
        name = socket_name(service)
        return [f"{self.directory}/{slot}/{name}" for slot in range(self.connections)]

    def most_names(self, services: int) -> int:
        """How many files the directory has room for, with so many services."""
        return 64 + self.connections * services * _SESSIONS

    @property
    def most_streams(self) -> int:
        """What one connection can carry; a stream more would hang."""
        return OPEN_FILES - SPARE_FILES
