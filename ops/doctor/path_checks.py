"""Checks of the path: every hop, streams, names, latency, the tunnel's steadiness."""

from collections.abc import Iterator, Sequence

from ops.day2.latency import EXPECTED
from ops.doctor.finding import Finding, Level
from ops.health.facts import Facts, Seen
from ops.health.judging import ORDER
from ops.health.model import Hop, HopName, Path
from ops.health.situation import words

MOST_RESTARTS = 3
TITLES: dict[HopName, str] = {
    "dns": "the names",
    "edge": "the edge",
    "tls": "TLS",
    "vps": "the VPS",
    "nginx": "nginx on the VPS",
    "tunnel": "the tunnel",
    "wsl": "this machine and its line",
    "balancer": "the load balancer",
    "service": "the services",
}


def hop_checks(paths: Sequence[Path]) -> Iterator[Finding]:
    """One finding a hop, and more where services differ in what is wrong with theirs."""
    for name in ORDER:
        hops = [hop for path in paths for hop in path.hops if hop.name == name]
        wrong = {(hop.cause, hop.evidence): hop for hop in hops if hop.verdict == "broken"}
        unseen = [hop for hop in hops if hop.verdict == "unknown"]
        for hop in [*wrong.values(), *(unseen[:1] if not wrong else [])] or hops[:1]:
            yield _finding(hop)


def _finding(hop: Hop) -> Finding:
    level: Level = hop.verdict
    return Finding(
        check=TITLES[hop.name],
        level=level,
        evidence=f"{hop.cause}: {hop.evidence}" if hop.cause else hop.evidence,
        remedy=hop.remedy,
    )


def stream_checks(facts: Facts) -> Iterator[Finding]:
    """Whether a WebSocket comes through where plain HTTP does."""
    for service in facts.operations.services:
        visit = facts.visits[service.name]
        check = f"WebSocket of {service.name}"
        if visit.stream is not None and visit.stream.well:
            took = f"{visit.stream.pong_ms or 0:.0f} ms there and back"
            yield Finding(check=check, level="ok", evidence=took)
        elif visit.health is not None and visit.health.well:
            yield Finding(
                check=check,
                level="broken",
                evidence=f"HTTP comes through, and the stream {words(visit.stream)}",
                remedy="bin/ops test shows from where on; at Cloudflare: Network, WebSockets",
            )


def latency_check(facts: Facts) -> Iterator[Finding]:
    """The round trip between both hosts, beside the guide's table."""
    sides = []
    if isinstance(facts.wsl, Seen):
        sides.append(facts.wsl.facts.moved.get(facts.operations.address))
    if isinstance(facts.vps, Seen):
        sides.append(facts.vps.facts.moved.get(facts.vps.facts.client))
    trips = [side.rtt_ms for side in sides if side and side.rtt_ms is not None]
    if not trips:
        return
    farthest = EXPECTED[-1][2]
    told = f"{min(trips):.0f} ms between this machine and the VPS"
    if min(trips) <= farthest:
        yield Finding(check="latency", level="ok", evidence=told)
    else:
        yield Finding(
            check="latency",
            level="warning",
            evidence=f"{told}; the guide expects at most {farthest:.0f} on the same continent",
            remedy="bin/ops latency, then bin/ops regions for a nearer region",
        )


def steadiness_check(facts: Facts) -> Iterator[Finding]:
    """Whether the tunnel's unit had to be started again and again."""
    if not isinstance(facts.wsl, Seen):
        return
    unit = facts.wsl.facts.units.get(f"{facts.operations.unit}.service")
    if unit is None or not unit.known:
        return
    told = f"its unit was restarted {unit.restarts} times since boot"
    if unit.restarts > MOST_RESTARTS:
        remedy = "bin/ops logs tunnel; docs/troubleshooting.md, the tunnel drops often"
        yield Finding(check="tunnel's steadiness", level="warning", evidence=told, remedy=remedy)
    else:
        yield Finding(check="tunnel's steadiness", level="ok", evidence=told)
