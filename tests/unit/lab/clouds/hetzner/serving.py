"""The API on a loopback port, as the vendor's clients need it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

DEADLINE = 10.0


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    """Serve the app in a thread; its endpoint, ending in /v1."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        give_up = time.monotonic() + DEADLINE
        while not server.started:
            assert time.monotonic() < give_up, "the API did not start"
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.should_exit = True
            thread.join(DEADLINE)
