"""Facts -> hops: a pure function, the one place where blame is laid."""

from collections.abc import Callable
from dataclasses import replace

from ops.health import far, near
from ops.health.facts import Facts
from ops.health.model import Hop, HopName, Path, Verdict
from ops.health.situation import Situation
from ops.health.watching import watched
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
    stream, well, since = visit.stream, serves(situation), canary_since(situation)
    hops = (judged[name] for name in ORDER if name in judged)
    return Path(
        service=service.name,
        hostname=service.hostname,
        hops=tuple(_dated(hop, since, serves=well) for hop in hops),
        serves=well,
        round_trip_ms=stream.pong_ms if stream else None,
        since=since,
    )


def _dated(hop: Hop, since: float | None, *, serves: bool | None) -> Hop:
    """A hop that does not tell itself since when it stands so: as long as the canary finds so."""
    found: Verdict = "ok" if serves else "broken"
    return replace(hop, since=since) if hop.since is None and hop.verdict == found else hop


def canary_since(at: Situation) -> float | None:
    """Since when the watcher on the VPS finds what we find now; None where it says otherwise."""
    told = watched(at.facts)
    mine = told.services.get(at.service.name) if told else None
    return mine.since if mine and mine.ok is serves(at) else None


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
    """Whether it answers through the public name; None: nothing could be seen from here."""
    if at.flows:
        return not at.answers_wrong
    return None if at.offline else False
