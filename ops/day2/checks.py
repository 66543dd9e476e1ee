"""What the answers to `bin/ops test` mean: one check for each thing that was asked."""

from collections.abc import Mapping
from dataclasses import dataclass

from components.watcher.canary import Visit
from ops.health.model import Verdict
from ops.health.situation import total_ms, words
from ops.health.visiting import stream_url
from ops.operations import Operations, Published
from ops.remote.web import Exchange
from ops.sending import Unreached

IDLE_CUT_SECONDS = 120
"""After so long without a byte Cloudflare ends a stream."""
KEYLESS = "stream without a key"
NO_KEY = 401
"""What nginx answers a visitor without a key."""
_REDIRECTS = {301, 302, 307, 308}


@dataclass(frozen=True, kw_only=True)
class Check:
    """One line of the table.

    Attributes:
        place: From where: internet, VPS or WSL host.
        what: What was asked.
        ms: How long it took; of a stream, the ping's way and back.
    """

    service: str
    place: str
    what: str
    verdict: Verdict
    told: str
    ms: float | None = None


@dataclass(frozen=True, kw_only=True)
class Tested:
    """The checks, and what to mind although they pass."""

    checks: tuple[Check, ...]
    warnings: tuple[str, ...]


def judge_said(operations: Operations, service: Published, said: Visit | None) -> Check:
    """Whether the service answered in its own protocol as the canary expects; None: not in time."""
    well = said is not None and said.ok
    trouble = said.detail if said is not None else "no answer in time"
    return Check(
        service=service.name,
        place="internet",
        what=f"{stream_url(operations, service)} told {service.canary.send}",
        verdict="ok" if well else "broken",
        told="answers as services[].canary.expect has it" if well else trouble,
        ms=said.ms.get("exchange") if said is not None else None,
    )


def judge_public(
    operations: Operations, service: Published, visited: Mapping[str, Exchange]
) -> list[Check]:
    """What a visitor gets; by http either the answer or the way to https is right."""
    checks = []
    for kind, asked in visited.items():
        well = asked.well
        told = words(asked)
        if kind == KEYLESS:
            well = asked.status == NO_KEY
            told = "asks for a key, as it should" if well else f"{told}, and should ask for a key"
        if kind == "http" and asked.status in _REDIRECTS:
            well = asked.headers.get("location", "").startswith(f"https://{service.hostname}/")
            told = f"leads to {asked.headers.get('location', 'nowhere')}"
        url = (
            stream_url(operations, service)
            if kind in {"stream", KEYLESS}
            else f"{kind}://{service.hostname}{service.health_path}"
        )
        if kind == KEYLESS:
            url += " without a key"
        checks.append(_check(service, "internet", url, asked, well=well, told=told))
    return checks


def inside_vps(service: Published) -> dict[str, str]:
    """The exchanges of the VPS's facts, by what they ask."""
    base = f"127.0.0.1:{service.port}"
    return {
        f"{service.name} health": f"http://{base}{service.health_path}",
        f"{service.name} stream": f"ws://{base}{service.stream_path}",
    }


def inside_wsl(service: Published) -> dict[str, str]:
    """The exchanges of the WSL host's facts, by what they ask."""
    found = {}
    for number, upstream in enumerate(service.upstreams):
        found[f"{service.name} {number} health"] = f"http://{upstream}{service.health_path}"
        found[f"{service.name} {number} stream"] = f"ws://{upstream}{service.stream_path}"
    if service.balancer_port is not None:
        base = f"127.0.0.1:{service.balancer_port}"
        found[f"{service.name} balancer"] = f"http://{base}{service.health_path}"
        found[f"{service.name} by host"] = (
            f'http://localhost{service.health_path} -H "Host: {service.hostname}"'
        )
    return found


def judge_inside(
    service: Published, place: str, answer: object, asked: Mapping[str, str]
) -> list[Check]:
    """What the hosts themselves get."""
    if not isinstance(answer, Mapping):
        said = answer.words if isinstance(answer, Unreached) else "no answer in time"
        return [
            Check(service=service.name, place=place, what=url, verdict="unknown", told=said)
            for url in list(asked.values())[:1]
        ]
    exchanges = {name: Exchange(**fields) for name, fields in answer["web"].items()}
    return [
        _check(
            service,
            place,
            url,
            exchanges[name],
            well=exchanges[name].well,
            told=words(exchanges[name]),
        )
        for name, url in asked.items()
        if name in exchanges
    ]


def idle_warnings(service: Published, stream: Exchange | None, listened: float) -> list[str]:
    """A stream that is silent for too long is cut by Cloudflare; pings keep it."""
    if stream is None or stream.heard is None or stream.heard:
        return []
    words = (
        f"{service.name} sent no ping within {listened:.0f} s: Cloudflare cuts a stream that is"
        f" silent for {IDLE_CUT_SECONDS} s; let service or client send a WebSocket ping every 20"
        " to 30 s"
    )
    return [words]


def _check(
    service: Published, place: str, what: str, asked: Exchange, *, well: bool, told: str
) -> Check:
    took = asked.pong_ms if asked.pong_ms is not None else total_ms(asked)
    verdict: Verdict = "ok" if well else "broken"
    return Check(service=service.name, place=place, what=what, verdict=verdict, told=told, ms=took)
