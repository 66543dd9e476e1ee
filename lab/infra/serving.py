"""Listens: DNS, HTTPS for every cloud's API, HTTP for the package archive; until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING

import uvicorn

from lab import world
from lab.dns import Addresses, DnsServer, Names
from lab.infra.clouds import CLOUDS, Context
from lab.infra.trouble import FILE, Troubled
from lab.infra.web import ARCHIVES, ByHost, packages
from lab.test_hosts.world import ADDRESSES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from starlette.types import ASGIApp

    from lab.ca import CertificateAuthority
    from lab.clouds.cloudflare import ZoneState
    from lab.machines import Machines

LOG = logging.getLogger(__name__)
GRACE_SECONDS = 2  # for requests under way when it ends
IDLE_SECONDS = 75  # a connection may wait for its next request
BACKLOG = 512


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Where to listen; 0 takes a free port."""

    dns: int = 53
    http: int = 80
    https: int = 443


def lab_names() -> Names:
    """The fixed names of the lab, all but the test hosts at infra; where proxied names point."""
    infra, edge = _addresses(world.INFRA), _addresses(world.EDGE)
    apis = (name for cloud in CLOUDS for name in cloud.hostnames)
    servers = ("ada.ns.cloudflare.com", "bob.ns.cloudflare.com")
    fixed = dict.fromkeys((*apis, *ARCHIVES, *servers), infra)
    test_hosts = {name: Addresses((str(address),)) for name, address in ADDRESSES.items()}
    return Names(static={**fixed, **test_hosts}, edge=edge)


async def serve(
    *,
    listen: Sequence[str],
    ports: Ports,
    directory: Path,
    tokens: Mapping[str, str],
    machines: Machines,
    names: Names,
    on_zones: Callable[[ZoneState], None],
    ca: CertificateAuthority,
    archive: Path,
    ready: Callable[[Ports], None],
    stop: asyncio.Event,
) -> None:
    """Serve on the addresses `listen` until `stop`; `ready` is called when everything listens.

    `directory` keeps the APIs' state and the TLS key. `on_zones` is told every change of a zone
    after `names` has it; it must return at once. Raises OSError when a port is taken.
    """

    def changed(state: ZoneState) -> None:
        names.update(state)
        on_zones(state)

    state = directory / "clouds"
    state.mkdir(mode=0o700, exist_ok=True)
    context = Context(tokens=tokens, state=state, machines=machines, on_zones=changed, ca=ca)
    apps = [(cloud.hostnames, cloud.create(context)) for cloud in CLOUDS]
    trouble = state / FILE
    by_name = {name: Troubled(app, name, trouble) for hostnames, app in apps for name in hostnames}
    pem = _certificate(ca, list(by_name), directory / "infra.pem")
    async with contextlib.AsyncExitStack() as running:
        for _, app in apps:
            await running.enter_async_context(app.router.lifespan_context(app))
        dns = DnsServer(names)
        running.push_async_callback(dns.close)
        dns_port = await dns.start(listen, ports.dns)
        https = await running.enter_async_context(_web(ByHost(by_name), listen, ports.https, pem))
        http = await running.enter_async_context(_web(packages(archive), listen, ports.http, None))
        ready(Ports(dns=dns_port, http=http, https=https))
        await stop.wait()
        LOG.info("ending")


@contextlib.asynccontextmanager
async def _web(
    app: ASGIApp, listen: Sequence[str], port: int, pem: Path | None
) -> AsyncIterator[int]:
    """A web server while the context lasts, with TLS if there is a certificate; its port."""
    sockets = _sockets(listen, port)
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ssl_certfile=pem,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets))
    while not server.started:
        if task.done():
            await task
            raise RuntimeError(f"the web server on port {port} ended at once")
        await asyncio.sleep(0.01)
    try:
        yield sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await task


class _Server(uvicorn.Server):
    """Leaves the signals to the process: several servers run in it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def _sockets(listen: Sequence[str], port: int) -> list[socket.socket]:
    found = []
    for address in listen:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        # With its protocol named, unlike create_server: only then asyncio sets TCP_NODELAY on what
        # it accepts, and answers do not wait 40 ms for an acknowledgement.
        one = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind((address, port))
        one.listen(BACKLOG)
        port = one.getsockname()[1]
        found.append(one)
    return found


def _certificate(ca: CertificateAuthority, hostnames: list[str], file: Path) -> Path:
    """A fresh certificate for the APIs' names, with its key, in one file for the owner only."""
    temporary = file.with_name(f".{file.name}.new")
    temporary.unlink(missing_ok=True)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.writelines(ca.issue(hostnames))
    return temporary.replace(file)


def _addresses(place: world.Place) -> Addresses:
    ipv6 = (str(place.address6.ip),) if place.address6 else ()
    return Addresses((str(place.address),), ipv6)
