"""Visits a public name as a visitor would, from this machine."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from components.watcher import canary, config
from ops.health.facts import Visit
from ops.operations import Operations, Published
from ops.remote.web import Target, exchange

VISIT_SECONDS = 5.0
SAY_SECONDS = 6.0
"""For an exchange in the service's own protocol: it may have to think."""
_MISSING = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


def visit(operations: Operations, service: Published, seconds: float = VISIT_SECONDS) -> Visit:
    """Look the name up, ask for the health check, and send a ping over a WebSocket."""
    found = resolve(service.hostname)
    if not found.addresses:
        return found
    tls = operations.answers.visitor_scheme == "https"
    target = Target(
        address=found.addresses[0],
        port=443 if tls else 80,
        hostname=service.hostname,
        path=service.health_path,
        tls=tls,
    )
    stream = replace(target, path=service.stream_path, upgrade=True, headers=service.authorization)
    # Side by side: an edge that does not reach the VPS keeps each of them waiting.
    with ThreadPoolExecutor(2) as pool:
        health, opened = pool.map(lambda one: exchange(one, seconds), (target, stream))
    return replace(found, health=health, stream=opened)


def say(operations: Operations, service: Published) -> canary.Visit:
    """The canary's own exchange through the public name, made from here."""
    asked = config.Target(
        name=service.name,
        url=stream_url(operations, service),
        headers=service.authorization,
        send=service.canary.send,
        expect=service.canary.expect,
    )
    return canary.visit(asked, patience=SAY_SECONDS)


def stream_url(operations: Operations, service: Published) -> str:
    """Where a visitor opens the service's stream."""
    scheme = "wss" if operations.answers.visitor_scheme == "https" else "ws"
    return f"{scheme}://{service.hostname}{service.stream_path}"


def resolve(hostname: str) -> Visit:
    """What this machine's resolver says of a name, IPv4 as the record is."""
    begun = time.perf_counter()
    try:
        known = socket.getaddrinfo(hostname, None, socket.AF_INET, socket.SOCK_STREAM)
    except socket.gaierror as error:
        kind = "missing" if error.errno in _MISSING else "silent"
        return Visit(dns_error=kind if error.errno != socket.EAI_FAIL else "failed")
    addresses = dict.fromkeys(str(entry[4][0]) for entry in known)
    return Visit(addresses=tuple(addresses), dns_ms=(time.perf_counter() - begun) * 1000)
