"""What the probes have seen: plain facts, no judgement."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from components.drift.look import HostLook
from components.watcher import canary
from components.windows import asleep
from ops.operations import Operations
from ops.remote.web import Exchange
from ops.sending import Unreached


class _Fact(BaseModel):
    model_config = ConfigDict(frozen=True)


class Unit(_Fact):
    """A systemd unit; `since` in seconds since 1970."""

    known: bool
    active: str
    sub: str = ""
    restarts: int = 0
    since: float | None = None

    @property
    def runs(self) -> bool:
        """Whether it is up."""
        return self.active in {"active", "reloading"}


class Listener(_Fact):
    """A socket that waits for others."""

    protocol: str
    address: str
    port: int
    program: str


class Disk(_Fact):
    """A file system; sizes in bytes, `files` and `left` in inodes."""

    place: str
    size: int
    free: int
    files: int
    left: int

    @property
    def full(self) -> bool:
        """Whether nothing more fits, or soon nothing will."""
        return self.free < self.size * 0.02 or (self.files > 0 and self.left < self.files * 0.02)


class Peer(_Fact):
    """ssh connections with one peer: packets sent and sent again during the look, round trip."""

    sent: int
    again: int
    rtt_ms: float | None


class Updates(_Fact):
    """Packages that wait to be updated, and whether a reboot waits."""

    packages: tuple[str, ...]
    security: int
    reboot: bool


class HostFacts(_Fact):
    """One host; what could not be seen is missing. `now` and `uptime` in seconds.

    `client` is the address that asked, as the host sees it; `wsl` whether it is a WSL distribution.
    """

    now: float
    uptime: float
    units: Mapping[str, Unit] = Field(default_factory=dict)
    listeners: tuple[Listener, ...] | None = None
    disks: tuple[Disk, ...] = ()
    web: Mapping[str, Exchange] = Field(default_factory=dict)
    journals: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    certificates: Mapping[str, float | None] = Field(default_factory=dict)
    keys: Mapping[str, tuple[str, ...] | None] = Field(default_factory=dict)
    states: Mapping[str, Any] = Field(default_factory=dict)
    accounts: Mapping[str, int] = Field(default_factory=dict)
    tables: Mapping[str, bool] = Field(default_factory=dict)
    nginx_trouble: str = ""
    moved: Mapping[str, Peer] = Field(default_factory=dict)
    client: str = ""
    updates: Updates | None = None
    history: Mapping[str, tuple[Mapping[str, Any], ...]] = Field(default_factory=dict)
    wsl: bool = False


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A host's facts, and how our clock stood when it told its time.

    Attributes:
        ahead: By how much its clock is ahead of ours, in seconds; None where that was not measured.
    """

    facts: HostFacts
    ahead: float | None = None


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A public name, visited from here.

    Attributes:
        addresses: What the resolver says; empty with its words in `dns_error`.
        dns_error: missing, silent or failed; empty: it was found.
        health, stream: The health check, and a WebSocket with one ping; None: never got there.
    """

    addresses: tuple[str, ...] = ()
    dns_error: str = ""
    dns_ms: float | None = None
    health: Exchange | None = None
    stream: Exchange | None = None


@dataclass(frozen=True, kw_only=True)
class Record:
    """An A record at Cloudflare."""

    content: str
    proxied: bool


@dataclass(frozen=True, kw_only=True)
class Zone:
    """What Cloudflare holds for the stack.

    Attributes:
        records: By hostname; a name without one is missing.
        ssl_mode: What the stack's rule (or the zone) says; None: there is no such rule.
    """

    records: Mapping[str, Record]
    ssl_mode: str | None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that was seen of a stack at one moment.

    Attributes:
        begun: This machine's clock when the look began, in seconds since 1970.
        now: The same when it was over.
        said: What came of the canary's own exchange, by service; one that is missing has none, or
            was not over in time.
        outside: Whether anything on the internet beside the stack answered; None: not asked.
        loss: Share of packets to and from the VPS that had to be sent again; None: too few.
        windows: What was told to Windows, where this is WSL; None: not asked.
        drift: What was changed by hand on each host that was asked for it.
    """

    operations: Operations
    begun: float
    now: float
    visits: Mapping[str, Visit]
    vps: Seen | Unreached
    wsl: Seen | Unreached
    zone: Zone | None = None
    zone_trouble: str = ""
    said: Mapping[str, canary.Visit] = field(default_factory=dict)
    outside: bool | None = None
    loss: float | None = None
    windows: asleep.Facts | None = None
    drift: tuple[HostLook, ...] = ()
    took_ms: Mapping[str, float] = field(default_factory=dict)
