"""Runs every probe side by side, each with a deadline; a dead VPS costs seconds, not minutes."""

import queue
import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import ValidationError

from components.cloudflare.api import CloudflareError
from components.drift.look import HostLook, look_at_hosts
from components.preflight.machine import Machine
from components.watcher import canary
from components.windows import asleep
from ops.health import requests, zones
from ops.health.facts import Facts, HostFacts, Seen, Visit, Zone
from ops.health.visiting import say, visit
from ops.login import Login
from ops.operations import Operations
from ops.sending import LONG_TRICKLE, TRICKLE, Unreached, ask_vps, ask_wsl

DEADLINE_SECONDS = 9.0
FEWEST_PACKETS = 100
"""Of fewer a single lost one would be a whole percent."""
OUTSIDE = (("api.cloudflare.com", 443), ("one.one.one.one", 443), ("deb.debian.org", 80))
"""Asked for nothing but a connection: whether this machine reaches the internet at all."""
OUTSIDE_SECONDS = 3.0


@dataclass(frozen=True, kw_only=True)
class Late:
    """A probe that was not over in time."""


def together(
    probes: Mapping[str, Callable[[], Any]], seconds: float
) -> tuple[dict[str, Any], dict[str, float]]:
    """The probes' results by name, and how long each took in ms; a late one yields `Late`.

    The threads of late ones are left to end by themselves.
    """
    done: queue.Queue[tuple[str, Any, float]] = queue.Queue()

    def one(name: str, probe: Callable[[], Any]) -> None:
        begun = time.monotonic()
        try:
            result = probe()
        except Exception as error:  # noqa: BLE001 # it is the main thread's to raise
            result = error
        done.put((name, result, (time.monotonic() - begun) * 1000))

    for each in probes.items():
        threading.Thread(target=one, args=each, daemon=True).start()
    deadline = time.monotonic() + seconds
    found: dict[str, Any] = dict.fromkeys(probes, Late())
    took: dict[str, float] = {}
    while len(took) < len(probes):
        try:
            name, result, ms = done.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        found[name], took[name] = result, ms
    return found, took


def collect(
    operations: Operations,
    login: Login,
    *,
    stack: str | None,
    outputs: Mapping[str, Any] | None = None,
) -> Facts:
    """Everything that can be seen of a stack now.

    Args:
        operations: The stack.
        login: To its VPS.
        stack: Its name as it was given; None for the selected one.
        outputs: Its outputs, for a thorough look, which takes some seconds longer: at changes by
            hand, updates, Windows, and more packets.
    """
    thorough = outputs is not None
    begun = time.time()
    probes: dict[str, Callable[[], Any]] = {
        "vps": lambda: _vps(operations, login, thorough=thorough),
        "wsl": lambda: _wsl(operations, thorough=thorough),
        "outside": reaches_outside,
    }
    if operations.dns == "cloudflare":
        probes["zone"] = lambda: _zone(operations, stack)
    if thorough:
        probes["windows"] = lambda: _windows(operations)
        probes["drift"] = lambda: _drift(operations, outputs or {})
    for service in operations.services:
        probes[f"visit {service.name}"] = partial(visit, operations, service)
        if service.canary.send:
            probes[f"said {service.name}"] = partial(say, operations, service)
    found, took = together(probes, DEADLINE_SECONDS + 4 * thorough)
    for result in found.values():
        if isinstance(result, Exception):
            raise result
    late = Unreached(reason="silent", words=f"no answer within {DEADLINE_SECONDS:.0f} s")
    zone, windows, drift = found.get("zone"), found.get("windows"), found.get("drift")
    return Facts(
        operations=operations,
        begun=begun,
        now=time.time(),
        visits={
            service.name: found[f"visit {service.name}"]
            if isinstance(found[f"visit {service.name}"], Visit)
            else Visit(dns_error="silent")
            for service in operations.services
        },
        said={
            service.name: said
            for service in operations.services
            if isinstance(said := found.get(f"said {service.name}"), canary.Visit)
        },
        vps=late if isinstance(found["vps"], Late) else found["vps"],
        wsl=late if isinstance(found["wsl"], Late) else found["wsl"],
        zone=zone if isinstance(zone, Zone) else None,
        zone_trouble=zone if isinstance(zone, str) else "",
        loss=loss_of(operations, found["vps"], found["wsl"]),
        windows=windows if isinstance(windows, asleep.Facts) else None,
        drift=drift if isinstance(drift, tuple) else (),
        outside=None if isinstance(found["outside"], Late) else found["outside"],
        took_ms=took,
    )


def loss_of(operations: Operations, vps: object, wsl: object) -> float | None:
    """Share of the packets between both hosts that had to be sent again; None: too few went."""
    sides = []
    if isinstance(vps, Seen):
        sides.append(vps.facts.moved.get(vps.facts.client))
    if isinstance(wsl, Seen):
        sides.append(wsl.facts.moved.get(operations.address))
    sent = sum(side.sent for side in sides if side)
    again = sum(side.again for side in sides if side)
    return again / sent if sent >= FEWEST_PACKETS else None


def _vps(operations: Operations, login: Login, *, thorough: bool) -> Seen | Unreached:
    begun = time.time()
    request = requests.vps_request(operations, thorough=thorough)
    answer = ask_vps(login, request, trickle=LONG_TRICKLE if thorough else TRICKLE)
    if isinstance(answer, Unreached):
        return answer
    facts = _facts(answer)
    if isinstance(facts, Unreached):
        return facts
    # Its clock was read somewhere between these two moments: what cannot be told is no difference.
    ended = time.time()
    ahead = facts.now - min(max(facts.now, begun), ended)
    return Seen(facts=facts, ahead=ahead)


def _wsl(operations: Operations, *, thorough: bool) -> Seen | Unreached:
    answer = ask_wsl(operations, requests.wsl_request(operations, thorough=thorough))
    facts = answer if isinstance(answer, Unreached) else _facts(answer)
    return facts if isinstance(facts, Unreached) else Seen(facts=facts)


def _windows(operations: Operations) -> asleep.Facts | None:
    """What was told to Windows, asked as the person who runs this; None where this is no WSL host.

    Another machine's Windows says nothing of the WSL host's.
    """
    machine = Machine()
    if not machine.is_wsl or operations.elsewhere():
        return None
    return asleep.look(machine.windows, operations.stack_name)


def _drift(operations: Operations, outputs: Mapping[str, Any]) -> tuple[HostLook, ...]:
    """What was changed by hand on the VPS, and here where this machine is the WSL host."""
    here = "" if operations.elsewhere() else operations.machine_id
    return look_at_hosts(operations.stack_name, outputs, machine_id=here)


def _facts(answer: Mapping[str, Any]) -> HostFacts | Unreached:
    try:
        return HostFacts.model_validate(answer)
    except ValidationError as error:
        return Unreached(reason="failed", words=f"its answer has another form: {error}")


def _zone(operations: Operations, stack: str | None) -> Zone | str:
    api = zones.find_api(stack)
    if api is None:
        return "no token for Cloudflare here"
    try:
        return zones.look_up(api, operations)
    except CloudflareError as error:
        return str(error)


def reaches_outside() -> bool:
    """Whether anything beside the stack answers; the first one that does is enough."""
    found, _ = together({place[0]: partial(_reach, place) for place in OUTSIDE}, OUTSIDE_SECONDS)
    return True in found.values()


def _reach(place: tuple[str, int]) -> bool:
    try:
        socket.create_connection(place, OUTSIDE_SECONDS).close()
    except OSError:
        return False
    return True
