"""What stands before pebble: Let's Encrypt's name and paths, and a chain that the lab trusts.

pebble makes a new root at each start. As Let's Encrypt's own first root was, it is cross-signed by
one that everybody knows, the lab's: the last certificate of each chain. So no host needs another
trusted root.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.acme.pebble import ACME_PORT, Pebble, run_pebble

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from starlette.requests import Request

    from lab.ca import CertificateAuthority

HOSTNAMES = ("acme-v02.api.letsencrypt.org",)
CHAIN = "application/pem-certificate-chain"
PASSED = ("content-type", "link", "location", "replay-nonce", "retry-after", "cache-control")
RATE_LIMIT_FILE = "acme-rate-limit"
"""While a file of this name is in the state's folder, no new order is taken."""


def create_app(*, ca: CertificateAuthority, state: Path) -> Starlette:
    """The ACME server. pebble starts at the first request, for most labs never need it.

    `state` is a folder: pebble's log goes there. `ca` signs pebble's root.
    """
    front = _Front(ca, state)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await front.close()

    every = Route("/{path:path}", front.answer, methods=["GET", "HEAD", "POST"])
    return Starlette(routes=[every], lifespan=lifespan)


class _Front:
    def __init__(self, ca: CertificateAuthority, state: Path) -> None:
        self._ca = ca
        self._state = state
        self._running = contextlib.AsyncExitStack()
        self._pebble: Pebble | None = None
        self._starting = asyncio.Lock()
        self._cross = b""

    async def answer(self, request: Request) -> Response:
        """One request, as pebble answers it."""
        path = request.url.path
        if path == "/directory":
            path = "/dir"
        if path == "/order-plz" and (self._state / RATE_LIMIT_FILE).exists():
            return _rate_limited()
        pebble = await self._ensure()
        answer = await pebble.http.request(
            request.method,
            f"https://127.0.0.1:{ACME_PORT}{path}",
            content=await request.body(),
            headers={
                "host": HOSTNAMES[0],  # its own links are made from it
                "content-type": request.headers.get("content-type", ""),
                "user-agent": request.headers.get("user-agent", ""),
            },
        )
        body = answer.content
        if answer.headers.get("content-type", "").startswith(CHAIN):
            body = body.rstrip() + b"\n" + self._cross
        headers = [(name, value) for name, value in answer.headers.multi_items() if name in PASSED]
        response = Response(body, answer.status_code)
        response.raw_headers += [(name.encode(), value.encode()) for name, value in headers]
        return response

    async def close(self) -> None:
        await self._running.aclose()

    async def _ensure(self) -> Pebble:
        async with self._starting:
            if self._pebble is None:
                running = run_pebble(HOSTNAMES[0], self._ca, self._state / "pebble.log")
                self._pebble = await self._running.enter_async_context(running)
                self._cross = self._ca.cross_sign(self._pebble.root)
            return self._pebble


def _rate_limited() -> Response:
    problem = {
        "type": "urn:ietf:params:acme:error:rateLimited",
        "detail": "too many certificates (5) already issued for this exact set of identifiers in"
        " the last 168h0m0s, retry after 2036-01-01 00:00:00 UTC",
        "status": 429,
    }
    return JSONResponse(
        problem,
        429,
        headers={"retry-after": "86400"},
        media_type="application/problem+json",
    )
