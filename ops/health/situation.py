"""One service's facts, as the judges of its hops ask for them."""

from collections.abc import Mapping
from dataclasses import dataclass

from ops.health.facts import Facts, HostFacts, Seen, Unit, Visit
from ops.health.model import Hop, HopName
from ops.operations import Operations, Published
from ops.remote.web import Exchange
from ops.sending import Unreached

EDGE_TROUBLE = range(520, 531)
"""Cloudflare's own words for what it found behind it."""
CLOCK_SECONDS = 5.0
"""A clock that is off by more is wrong: certificates and logs no longer fit together."""


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What was seen, and how the hops before were judged."""

    facts: Facts
    service: Published
    visit: Visit
    judged: Mapping[HopName, Hop]

    @property
    def operations(self) -> Operations:
        """The stack."""
        return self.facts.operations

    @property
    def vps(self) -> HostFacts | None:
        """The VPS's facts; None: it did not tell them."""
        return self.facts.vps.facts if isinstance(self.facts.vps, Seen) else None

    @property
    def wsl(self) -> HostFacts | None:
        """The WSL host's facts; None: it did not tell them."""
        return self.facts.wsl.facts if isinstance(self.facts.wsl, Seen) else None

    @property
    def unreached(self) -> Unreached | None:
        """Why the VPS told nothing."""
        return self.facts.vps if isinstance(self.facts.vps, Unreached) else None

    @property
    def ahead(self) -> float | None:
        """By how much the VPS's clock is ahead of ours, in seconds."""
        return self.facts.vps.ahead if isinstance(self.facts.vps, Seen) else None

    @property
    def edge_ahead(self) -> float | None:
        """The same of the edge's clock, as far as its whole seconds tell; None without an edge."""
        if not self.operations.answers.proxied or self.visit.health is None:
            return None
        told = self.visit.health.date
        if told is None:
            return None
        # It was told somewhere between these two: what cannot be told is no difference.
        return told - min(max(told, self.facts.begun), self.facts.now)

    @property
    def flows(self) -> bool:
        """Whether a WebSocket ping came back through the public name."""
        return self.visit.stream is not None and self.visit.stream.well

    @property
    def answers_wrong(self) -> str:
        """What is wrong with the answer in the service's own protocol; empty for nothing."""
        said = self.facts.said.get(self.service.name)
        return said.detail if self.flows and said and said.stage == "exchange" else ""

    @property
    def status(self) -> int | None:
        """What the public name answered to the health check."""
        return self.visit.health.status if self.visit.health else None

    @property
    def past_edge(self) -> bool:
        """Whether something behind the edge answered, well or not: the VPS's nginx at least."""
        return self.status is not None and self.status not in EDGE_TROUBLE

    @property
    def edge_waits(self) -> bool:
        """Whether the edge took the request and has said nothing: it waits for what is behind it.

        Cloudflare gives up after 19 s, and nobody here waits so long.
        """
        asked = self.visit.health
        waits = asked is not None and asked.failed == "answer" and asked.error == "silent"
        return waits and self.operations.answers.proxied

    @property
    def edge_lacks_vps(self) -> bool:
        """Whether the edge says, or its silence, that it does not reach the VPS."""
        return self.status in {521, 522, 523} or self.edge_waits

    def is_broken(self, *names: HopName) -> bool:
        """Whether one of these was judged broken."""
        return any(name in self.judged and self.judged[name].verdict == "broken" for name in names)

    def blames(self, name: HopName, cause: str) -> bool:
        """Whether a hop was judged broken for this cause."""
        return name in self.judged and self.judged[name].cause == cause

    @property
    def round_trip_ms(self) -> float | None:
        """Between this machine and the VPS, as the kernel measures its ssh connections."""
        here = self.wsl.moved.get(self.operations.address) if self.wsl else None
        there = self.vps.moved.get(self.vps.client) if self.vps else None
        trips = [one.rtt_ms for one in (here, there) if one is not None and one.rtt_ms is not None]
        return min(trips) if trips else None

    @property
    def offline(self) -> bool:
        """Whether this machine reaches nothing outside."""
        return self.blames("wsl", "line-down")

    def through_tunnel(self, kind: str) -> Exchange | None:
        """An exchange on the VPS with the tunnel's end there; `kind` is health or stream."""
        return self.vps.web.get(f"{self.service.name} {kind}") if self.vps else None

    def direct(self, kind: str) -> list[Exchange]:
        """The exchanges on the WSL host with each upstream."""
        if self.wsl is None:
            return []
        names = (
            f"{self.service.name} {number} {kind}" for number in range(len(self.service.upstreams))
        )
        return [self.wsl.web[name] for name in names if name in self.wsl.web]

    def unit_here(self, name: str) -> Unit | None:
        """A unit of the WSL host."""
        return self.wsl.units.get(name) if self.wsl else None

    def unit_there(self, name: str) -> Unit | None:
        """A unit of the VPS."""
        return self.vps.units.get(name) if self.vps else None


def total_ms(exchange: Exchange | None) -> float | None:
    """From the first packet to the answer."""
    if exchange is None or exchange.answer_ms is None:
        return None
    return (exchange.connect_ms or 0) + (exchange.tls_ms or 0) + exchange.answer_ms


def words(exchange: Exchange | None) -> str:
    """How an exchange ended, for a person."""
    if exchange is None:
        return "was not asked"
    if exchange.failed and exchange.error != "status":
        return f"{exchange.error} ({exchange.words})" if exchange.words else exchange.error
    return f"answers HTTP {exchange.status}"
