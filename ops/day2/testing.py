"""`bin/ops test`: the guide's part 4, and a WebSocket exchange for each service."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from components.watcher import config as watched
from components.watcher.canary import Visit, visit
from ops.day2.looking import Subject
from ops.health import requests
from ops.health.collecting import together
from ops.health.model import Verdict
from ops.health.situation import total_ms, words
from ops.health.visiting import resolve
from ops.operations import Operations, Published
from ops.remote.web import Exchange, Target, exchange
from ops.sending import Unreached, ask_here, ask_vps

SECONDS = 6.0
IDLE_CUT_SECONDS = 120
"""After so long without a byte Cloudflare ends a stream."""
LISTEN_SECONDS = 31.0
"""A service that pings every 20 to 30 s, as it should, is heard within this time."""
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


def run_tests(subject: Subject, *, listen: float) -> Tested:
    """Ask every service from the internet, from the VPS and on the WSL host, all side by side.

    Args:
        subject: The stack.
        listen: How long to listen for a service's own pings behind Cloudflare, in seconds.
    """
    operations = subject.operations
    waiting = listen if operations.answers.proxied else 0.0
    probes: dict[str, Any] = {
        "vps": partial(ask_vps, subject.login, requests.vps_request(operations)),
        "wsl": partial(ask_here, requests.wsl_request(operations)),
    }
    for service in operations.services:
        probes[f"public {service.name}"] = partial(public, operations, service, waiting)
        # Without a key a service that asks for one has nothing to say.
        if service.canary.send and not service.keyed:
            probes[f"said {service.name}"] = partial(say, operations, service)
    found, _ = together(probes, SECONDS * 3 + waiting)
    checks: list[Check] = []
    warnings: list[str] = []
    for service in operations.services:
        visited = found[f"public {service.name}"]
        if isinstance(visited, Mapping):
            checks += judge_public(operations, service, visited)
            warnings += idle_warnings(service, visited.get("stream"), waiting)
        if isinstance(said := found.get(f"said {service.name}"), Visit):
            checks.append(judge_said(service, said))
        checks += judge_inside(service, "VPS", found["vps"], inside_vps(service))
        checks += judge_inside(service, "WSL host", found["wsl"], inside_wsl(service))
    return Tested(checks=tuple(checks), warnings=tuple(warnings))


def public(operations: Operations, service: Published, listen: float) -> dict[str, Exchange]:
    """The public name by http, by https where the mode has it, and as a stream."""
    found = resolve(service.hostname)
    if not found.addresses:
        lost = Exchange(failed="connect", error=found.dns_error, words="the name is not found")
        return {"http": lost, "stream": lost}
    plain = Target(
        address=found.addresses[0], port=80, hostname=service.hostname, path=service.health_path
    )
    asked = {"http": plain}
    stream = plain
    if operations.answers.visitor_scheme == "https":
        asked["https"] = stream = replace(plain, port=443, tls=True)
    asked["stream"] = replace(stream, path=service.stream_path, upgrade=True, listen=listen)
    answers, _ = together(
        {kind: partial(exchange, target, SECONDS) for kind, target in asked.items()},
        SECONDS + listen + 1,
    )
    late = Exchange(failed="answer", error="silent", words="no answer in time")
    return {
        kind: answer if isinstance(answer, Exchange) else late for kind, answer in answers.items()
    }


def say(operations: Operations, service: Published) -> Visit:
    """What the canary says, through the public name."""
    url = f"{_stream_scheme(operations)}://{service.hostname}{service.stream_path}"
    asked = watched.Target(
        name=service.name,
        url=url,
        headers={},
        send=service.canary.send,
        expect=service.canary.expect,
    )
    return visit(asked, patience=SECONDS)


def judge_said(service: Published, said: Visit) -> Check:
    """Whether the service answered in its own protocol as the canary expects."""
    return Check(
        service=service.name,
        place="internet",
        what=f"{said.url} told {service.canary.send}",
        verdict="ok" if said.ok else "broken",
        told="answers as services[].canary.expect has it" if said.ok else said.detail,
        ms=said.ms.get("exchange"),
    )


def _stream_scheme(operations: Operations) -> str:
    return "wss" if operations.answers.visitor_scheme == "https" else "ws"


def judge_public(
    operations: Operations, service: Published, visited: Mapping[str, Exchange]
) -> list[Check]:
    """What a visitor gets; by http either the answer or the way to https is right."""
    checks = []
    for kind, asked in visited.items():
        well = asked.well
        told = words(asked)
        if kind == "stream" and service.asks_for_key(asked):
            well, told = True, "asks for a key, as it should"
        if kind == "http" and asked.status in _REDIRECTS:
            well = asked.headers.get("location", "").startswith(f"https://{service.hostname}/")
            told = f"leads to {asked.headers.get('location', 'nowhere')}"
        url = (
            f"{_stream_scheme(operations)}://{service.hostname}{service.stream_path}"
            if kind == "stream"
            else f"{kind}://{service.hostname}{service.health_path}"
        )
        checks.append(_check(service, "internet", url, asked, well=well, told=told))
    return checks


def inside_vps(service: Published) -> dict[str, str]:
    """The exchanges of the VPS' facts, by what they ask."""
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
