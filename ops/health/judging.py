"""Facts -> hops: a pure function, the one place where blame is laid."""

from collections.abc import Callable

from ops.health import far, near
from ops.health.facts import Facts
from ops.health.model import Hop, HopName, Path
from ops.health.requests import watcher_state
from ops.health.situation import Situation
from ops.operations import Published

JUDGES: dict[HopName, Callable[[Situation], Hop]] = {
    "wsl": near.judge_wsl,
    "vps": far.judge_vps,
    "dns": far.judge_dns,
    "edge": far.judge_edge,
    "tls": far.judge_tls,
    "nginx": far.judge_nginx,
    "service": near.judge_service,
    "balancer": near.judge_balancer,
    "tunnel": near.judge_tunnel,
}
"""In the order in which one needs the judgement of another."""

ORDER: tuple[HopName, ...] = (
    *("dns", "edge", "tls", "vps", "nginx", "tunnel", "wsl", "balancer", "service"),
)
"""In the order in which a request passes them."""


def judge(facts: Facts) -> tuple[Path, ...]:
    """Every service's path, hop by hop."""
    return tuple(judge_service_path(facts, service) for service in facts.operations.services)


def judge_service_path(facts: Facts, service: Published) -> Path:
    """One service's path: each hop judged with the judgements of those before it."""
    visit = facts.visits[service.name]
    judged: dict[HopName, Hop] = {}
    situation = Situation(facts=facts, service=service, visit=visit, judged=judged)
    for name in hops_of(facts):
        judged[name] = JUDGES[name](situation)
    stream = visit.stream
    return Path(
        service=service.name,
        hostname=service.hostname,
        hops=tuple(judged[name] for name in ORDER if name in judged),
        serves=serves(situation),
        round_trip_ms=stream.pong_ms if stream else None,
        since=canary_since(situation),
    )


def canary_since(at: Situation) -> float | None:
    """Since when the watcher on the VPS finds what we find now; None where it says otherwise."""
    told = at.vps.states.get(watcher_state(at.operations)) if at.vps else None
    services = told.get("services") if isinstance(told, dict) else None
    mine = services.get(at.service.name) if isinstance(services, dict) else None
    if not isinstance(mine, dict) or mine.get("ok") is not at.flows:
        return None
    since = mine.get("since")
    return float(since) if isinstance(since, int | float) else None


def hops_of(facts: Facts) -> list[HopName]:
    """The hops that this stack has, in the order of judgement."""
    mode = facts.operations.answers
    left_out: set[HopName] = set()
    if not mode.proxied:
        left_out.add("edge")
    if mode.visitor_scheme == "http":
        left_out.add("tls")
    if facts.operations.balancer_port is None:
        left_out.add("balancer")
    return [name for name in JUDGES if name not in left_out]


def serves(at: Situation) -> bool | None:
    """Whether bytes came back through the public name; None: nothing could be seen from here."""
    if at.flows:
        return True
    return None if at.offline else False
