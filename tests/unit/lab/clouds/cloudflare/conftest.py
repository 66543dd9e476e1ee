"""The API on loopback, served by a real server, and the official client speaking to it."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from cloudflare import Cloudflare, DefaultHttpxClient
from cloudflare.types.rulesets.ruleset_create_response import Ruleset

from lab.clouds.cloudflare import BASE_PATH, PERMISSIONS, ZoneState, create_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.applications import Starlette
    from starlette.types import ASGIApp, Receive, Scope, Send

TOKEN = "full-permission-token-0123456789abcdefABCDEF"
DNS_ONLY = "only-dns-and-zone-read-0123456789abcdefABCDEF"
DEADLINE = 10.0  # seconds
HTTP = DefaultHttpxClient()  # one for all tests: reading the trust store takes most of their time


class Switch:
    """An application that is whichever one is served now; its server runs for the whole session."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None
        config = uvicorn.Config(
            self.answer, port=0, interface="asgi3", lifespan="off", log_level="warning"
        )
        server = uvicorn.Server(config)
        threading.Thread(target=server.run, daemon=True).start()
        deadline = time.monotonic() + DEADLINE
        while not server.started:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}{BASE_PATH}"

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None, "nothing is served"
        await self.app(scope, receive, send)


switch = cache(Switch)


@contextmanager
def served(app: ASGIApp) -> Iterator[str]:
    """The app on a loopback port; its base URL."""
    before, switch().app = switch().app, app
    try:
        yield switch().url
    finally:
        switch().app = before


class Api:
    """A running API: its URL, what it published, its state file."""

    def __init__(self, state_file: Path) -> None:
        self.state_file = state_file
        self.states: list[ZoneState] = []
        self.now = 0.0
        self.url = ""

    def app(self) -> Starlette:
        tokens = {TOKEN: PERMISSIONS, DNS_ONLY: {"Zone Read", "DNS Write"}}
        return create_app(
            tokens=tokens,
            state_file=self.state_file,
            on_change=self.states.append,
            clock=lambda: self.now,
        )

    def client(self, token: str = TOKEN) -> Any:
        """The official client; untyped, for tests send what its types forbid."""
        return Cloudflare(api_token=token, base_url=self.url, max_retries=0, http_client=HTTP)


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    api = Api(tmp_path / "cloudflare.json")
    with served(api.app()) as api.url:
        yield api


@pytest.fixture
def client(api: Api) -> Any:
    return api.client()


@pytest.fixture
def zone_id(client: Any) -> str:
    return str(client.zones.list(name="gonova.one").result[0].id)


def typed(answer: Any) -> Ruleset:
    """The answer to a write; the official client leaves it as a dictionary."""
    return Ruleset.model_validate(answer)


def codes(error: Any) -> list[int]:
    """The numbers in an error of the official client."""
    return [each.code for each in error.errors]
