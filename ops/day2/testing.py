"""`bin/ops test`: asks every service as the guide's part 4 does, and over a WebSocket."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from components.watcher.canary import Visit
from ops.day2.checks import (
    KEYLESS,
    Check,
    Tested,
    idle_warnings,
    inside_vps,
    inside_wsl,
    judge_inside,
    judge_public,
    judge_said,
)
from ops.day2.looking import Subject
from ops.health import requests
from ops.health.collecting import together
from ops.health.visiting import resolve, say
from ops.operations import Operations, Published
from ops.remote.web import Exchange, Target, exchange
from ops.sending import ask_vps, ask_wsl

SECONDS = 6.0
LATE = Exchange(failed="answer", error="silent", words="no answer in time")


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
        "wsl": partial(ask_wsl, operations, requests.wsl_request(operations)),
    }
    for service in operations.services:
        probes[f"public {service.name}"] = partial(public, operations, service, waiting)
        if service.canary.send:
            probes[f"said {service.name}"] = partial(say, operations, service)
    found, _ = together(probes, SECONDS * 3 + waiting)
    checks: list[Check] = []
    warnings: list[str] = []
    for service in operations.services:
        visited = found[f"public {service.name}"]
        if isinstance(visited, Mapping):
            checks += judge_public(operations, service, visited)
            warnings += idle_warnings(service, visited.get("stream"), waiting)
        else:
            checks += judge_public(operations, service, {"http": LATE, "stream": LATE})
        if f"said {service.name}" in probes:
            answer = found[f"said {service.name}"]
            said = answer if isinstance(answer, Visit) else None
            checks.append(judge_said(operations, service, said))
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
    opened = replace(stream, path=service.stream_path, upgrade=True)
    asked["stream"] = replace(opened, headers=service.authorization, listen=listen)
    if service.keyed:
        asked[KEYLESS] = opened
    answers, _ = together(
        {kind: partial(exchange, target, SECONDS) for kind, target in asked.items()},
        SECONDS + listen + 1,
    )
    return {
        kind: answer if isinstance(answer, Exchange) else LATE for kind, answer in answers.items()
    }
