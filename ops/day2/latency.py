"""`bin/ops latency`: what each hop adds, beside what the guide expects."""

import socket
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ops.day2.looking import Subject
from ops.errors import OpsError
from ops.health import requests
from ops.health.collecting import together
from ops.health.visiting import resolve
from ops.operations import Operations, Published
from ops.remote.web import Exchange, Target, exchange
from ops.sending import Unreached, ask_vps, ask_wsl

SECONDS = 20.0
PING_SECONDS = 8.0
CONNECT_SECONDS = 3.0

EXPECTED: tuple[tuple[str, float, float], ...] = (
    ("same city", 5, 15),
    ("same country", 15, 30),
    ("same continent", 30, 60),
)
"""The guide's table: what the VPS adds, in ms, by how far away it is."""
TOO_FAR = (
    "The VPS is farther from this machine than a continent: choose a nearer region"
    " (bin/ops regions), then pulumi config set --path vps-reverse-proxy:server.region REGION"
)
SPREADS = (
    "One answer in a hundred takes much longer than most: the line of this machine is busy or loses"
    " packets; bin/ops doctor measures it"
)
SLOW_SERVICE = "The service itself is what takes long: no VPS can make that shorter"
WHOLE = "whole way"
SPREAD = 4.0
SLOW_MS = 50.0


@dataclass(frozen=True, kw_only=True)
class Span:
    """A part of the way, there and back.

    Attributes:
        p50, p99: In ms; None where it could not be measured.
        derived: Whether it is the difference of two measured ones.
    """

    name: str
    p50: float | None
    p99: float | None
    samples: int = 0
    derived: bool = False


def measure(subject: Subject, *, samples: int) -> dict[str, list[Span]]:
    """Every service's spans.

    Raises:
        OpsError: The VPS does not answer.
    """
    operations = subject.operations
    probes: dict[str, Any] = {
        "vps": partial(ask_vps, subject.login, _pings(requests.vps_request(operations), samples)),
        "wsl": partial(ask_wsl, operations, _pings(requests.wsl_request(operations), samples)),
    }
    # After each other: what is measured at once would stand in its own way.
    found = {name: together({name: probe}, SECONDS)[0][name] for name, probe in probes.items()}
    if not isinstance(found["vps"], Mapping):
        words = found["vps"].words if isinstance(found["vps"], Unreached) else "silent"
        look = subject.typed("bin/ops status")
        raise OpsError(f"the VPS does not answer ({words}); {look} says what is wrong")
    return {
        service.name: _spans(operations, service, found, samples) for service in operations.services
    }


def _pings(request: dict[str, Any], samples: int) -> dict[str, Any]:
    web = {
        name: {**fields, "pings": samples}
        for name, fields in request["web"].items()
        if name.endswith("stream")
    }
    return {"web": web, "ssh_port": request["ssh_port"]}


def _spans(
    operations: Operations, service: Published, found: Mapping[str, Any], samples: int
) -> list[Span]:
    name = resolve(service.hostname)
    addresses = name.addresses
    tls = operations.answers.visitor_scheme == "https"
    port = 443 if tls else 80
    near = connects(addresses[0], port, samples) if addresses else []
    whole: Sequence[float] = ()
    if addresses:
        target = Target(
            address=addresses[0],
            port=port,
            hostname=service.hostname,
            path=service.stream_path,
            tls=tls,
            upgrade=True,
            headers=service.authorization,
            pings=samples,
        )
        whole = exchange(target, PING_SECONDS).pongs_ms
    here = found["wsl"]["web"] if isinstance(found["wsl"], Mapping) else {}
    inside = pongs(found["vps"]["web"], f"{service.name} stream")
    own = pongs(here, f"{service.name} 0 stream")
    edge = "visitor to edge" if operations.answers.proxied else "visitor to VPS"
    spans = [span(WHOLE, whole), span(edge, near)]
    if operations.answers.proxied:
        spans.append(minus("edge to VPS", spans[0], spans[1], span("", inside)))
    service_span = span("service", own)
    spans.append(minus("VPS to WSL host", span("", inside), service_span))
    return [*spans, service_span]


def pongs(web: Mapping[str, Any], name: str) -> list[float]:
    """The times of an exchange's pings, in ms; none where it failed."""
    return list(Exchange(**web[name]).pongs_ms) if name in web else []


def connects(address: str, port: int, samples: int) -> list[float]:
    """How long it takes to open a connection: one round trip each, in ms."""
    taken = []
    for _ in range(samples):
        begun = time.perf_counter()
        try:
            socket.create_connection((address, port), CONNECT_SECONDS).close()
        except OSError:
            break  # a lost one costs seconds: what was measured until then counts
        taken.append((time.perf_counter() - begun) * 1000)
    return taken


def span(name: str, taken: Sequence[float]) -> Span:
    """The median, and what one in a hundred exceeds (of few samples: the longest)."""
    if not taken:
        return Span(name=name, p50=None, p99=None)
    ordered = sorted(taken)
    last = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return Span(name=name, p50=statistics.median(ordered), p99=last, samples=len(ordered))


def minus(name: str, whole: Span, *parts: Span) -> Span:
    """What is left of a span without others of it; never less than nothing."""
    if whole.p50 is None or whole.p99 is None or any(part.p50 is None for part in parts):
        return Span(name=name, p50=None, p99=None, derived=True)
    p50 = max(0.0, whole.p50 - sum(part.p50 or 0.0 for part in parts))
    p99 = max(p50, whole.p99 - sum(part.p50 or 0.0 for part in parts))
    return Span(name=name, p50=p50, p99=p99, samples=whole.samples, derived=True)


def is_whole(spans: Sequence[Span]) -> bool:
    """Whether the way from a visitor to the service and back was measured."""
    return any(one.name == WHOLE and one.p50 is not None for one in spans)


def distance(spans: Sequence[Span]) -> str:
    """How far the VPS is by the guide's table; empty where that was not measured."""
    way = next((one for one in spans if one.name == "VPS to WSL host"), None)
    if way is None or way.p50 is None:
        return ""
    return next((name for name, _, most in EXPECTED if way.p50 <= most), "farther")


def advice(spans: Sequence[Span]) -> list[str]:
    """What to do where it takes longer than expected."""
    found = []
    by_name = {one.name: one for one in spans}
    if distance(spans) == "farther":
        found.append(TOO_FAR)
    whole = by_name[WHOLE]
    if whole.p50 and whole.p99 and whole.p99 > SPREAD * whole.p50:
        found.append(SPREADS)
    own = by_name["service"]
    if own.p50 is not None and own.p50 > SLOW_MS:
        found.append(SLOW_SERVICE)
    return found
