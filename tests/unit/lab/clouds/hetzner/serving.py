"""The API on a loopback port, as the vendor's clients need it."""

import functools
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

DEADLINE = 10.0


class Switch:
    """An ASGI application that is another one from test to test: starting a server takes long."""

    def __init__(self) -> None:
        self.app: Starlette | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert self.app is not None, "a request outside of `served`"
        await self.app(scope, receive, send)


@functools.cache
def _server() -> tuple[Switch, str]:
    """One server for the whole test run, in a thread that ends with it."""
    switch = Switch()
    # Named as TCP, else asyncio leaves Nagle's algorithm on: 40 ms for every answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(switch, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    give_up = time.monotonic() + DEADLINE
    while not server.started:
        assert time.monotonic() < give_up, "the API did not start"
        time.sleep(0.01)
    return switch, f"http://127.0.0.1:{listener.getsockname()[1]}/v1"


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    """Serve the app; its endpoint, ending in /v1."""
    switch, endpoint = _server()
    switch.app = app
    try:
        yield endpoint
    finally:
        switch.app = None
