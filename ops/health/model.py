"""A hop of the path, and how it stands."""

from dataclasses import dataclass
from typing import Literal

HopName = Literal["dns", "edge", "tls", "vps", "nginx", "tunnel", "wsl", "balancer", "service"]
"""In a request's order; `wsl` is the WSL host itself and its way to the internet."""

Verdict = Literal["ok", "broken", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Hop:
    """One hop of one service's path.

    Attributes:
        cause: What is wrong in one word with dashes, for programs; empty unless broken.
        latency_ms: What this hop took or adds; None where it cannot be told.
        since: Since when it stands so, in seconds since 1970; None where nobody noted it.
        evidence: What was seen.
        remedy: What to type or do; empty when it is ok.
    """

    name: HopName
    verdict: Verdict
    cause: str = ""
    latency_ms: float | None = None
    since: float | None = None
    evidence: str = ""
    remedy: str = ""


def broken(
    name: HopName, cause: str, evidence: str, remedy: str, since: float | None = None
) -> Hop:
    """A hop with what is wrong, and what to do about it."""
    return Hop(
        name=name,
        verdict="broken",
        cause=cause,
        since=since,
        evidence=evidence,
        remedy=remedy,
    )


@dataclass(frozen=True, kw_only=True)
class Path:
    """One service's whole path.

    Attributes:
        serves: Whether a WebSocket ping came back through the public name, and the answer that
            `services[].canary` expects; None where that cannot be told.
        round_trip_ms: Of a WebSocket ping through the public name to the service and back.
        since: Since when the watcher's canary finds the same, in seconds since 1970.
    """

    service: str
    hostname: str
    hops: tuple[Hop, ...]
    serves: bool | None
    round_trip_ms: float | None = None
    since: float | None = None

    @property
    def blamed(self) -> Hop | None:
        """The broken hop that explains the others; None when nothing is broken."""
        wrong = [hop for hop in self.hops if hop.verdict == "broken"]
        wrong.sort(key=lambda hop: (hop.cause in ASIDE, ROOTS.index(hop.name)))
        return wrong[0] if wrong else None

    @property
    def verdict(self) -> Verdict:
        """Of the path as a whole."""
        if self.serves is False or self.blamed:
            return "broken"
        return "ok" if self.serves else "unknown"


ASIDE = frozenset({"sshd-stopped", "ssh-blocked", "host-key", "login-refused"})
"""Causes that keep us out of the VPS and end no stream: another one comes first."""

# Without the first ones none of the later ones can work or be looked at.
ROOTS: tuple[HopName, ...] = (
    *("wsl", "dns", "edge", "vps", "tls", "nginx", "service", "balancer", "tunnel"),
)
