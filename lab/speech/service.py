"""What both speech services share: the listener, /health, /metrics, refusals, the log, the end.

Log lines name streams, sizes and times, never audio or text.
"""

import asyncio
import json
import logging
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from lab.speech import VERSION
from lab.speech.metrics import CONTENT_TYPE, Metrics

log = logging.getLogger("speech")

PING_SECONDS = 20.0  # proxies on the way cut what is silent for longer
MAX_MESSAGE_BYTES = 64 * 1024  # above it the connection is cut before the message is read


class Refusal(Exception):  # noqa: N818  # it refuses a caller; nothing of ours went wrong
    """A stream that is not served: told to the caller as JSON, then closed with `code`."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(kw_only=True)
class Service:
    """One listening speech service.

    `handle(connection, query)` serves one stream and raises Refusal for what it will not do.
    """

    name: str  # "asr" or "tts"
    path: str  # of the stream
    instance: str
    metrics: Metrics
    handle: Callable[[ServerConnection, dict[str, str]], Awaitable[None]]
    ready: bool = True
    started: float = field(default_factory=time.monotonic)

    def answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """Answer what is not a stream; None lets the WebSocket handshake go on."""
        path = urlsplit(request.path).path
        if path == self.path:
            upgrades = "websocket" in request.headers.get("Upgrade", "").lower()
            self.metrics.requests[path, 101 if upgrades else 426] += 1
            return None  # without Upgrade, websockets answers 426
        if path == "/health":
            response = self._health(connection)
        elif path == "/metrics":
            body = self.metrics.render(instance=self.instance)
            response = _typed(connection.respond(HTTPStatus.OK, body), CONTENT_TYPE)
        else:
            path = "other"  # callers choose paths; they must not choose our labels
            text = f"Nothing here. The stream is at {self.path}, beside /health and /metrics.\n"
            response = connection.respond(HTTPStatus.NOT_FOUND, text)
        self.metrics.requests[path, response.status_code] += 1
        return response

    def _health(self, connection: ServerConnection) -> Response:
        status = HTTPStatus.OK if self.ready else HTTPStatus.SERVICE_UNAVAILABLE
        page = {
            "service": self.name,
            "status": "ok" if self.ready else "loading",
            "instance": self.instance,
            "version": VERSION,
            "uptime_seconds": round(time.monotonic() - self.started, 3),
            "open_streams": self.metrics.open_streams,
        }
        body = json.dumps(page) + "\n"
        return _typed(connection.respond(status, body), "application/json")

    async def stream(self, connection: ServerConnection) -> None:
        """Serve one stream to its end, whatever the end is."""
        assert connection.request is not None
        query = dict(parse_qsl(urlsplit(connection.request.path).query))
        begun = time.monotonic()
        self.metrics.open_streams += 1
        try:
            await self.handle(connection, query)
        except ConnectionClosed:
            pass  # the caller left, or we are stopping; the line below says which
        except Refusal as refusal:
            await self._refuse(connection, refusal.code, str(refusal))
        except Exception:
            log.exception("stream failed: stream=%s", connection.id)
            await self._refuse(connection, 1011, "The service failed; its log says how.")
        finally:
            self.metrics.open_streams -= 1
        log.info(
            "stream closed: stream=%s code=%s seconds=%.3f",
            connection.id,
            connection.close_code or 1000,
            time.monotonic() - begun,
        )

    async def _refuse(self, connection: ServerConnection, code: int, message: str) -> None:
        self.metrics.errors[code] += 1
        try:
            error = {"event": "error", "code": code, "message": message}
            await connection.send(json.dumps(error))
        except ConnectionClosed:
            return  # nobody left to tell
        await connection.close(code, message.encode()[:120].decode(errors="ignore"))

    @asynccontextmanager
    async def listening(self, host: str, port: int) -> AsyncIterator[Server]:
        """Listen while inside; on leaving, open streams are closed with 1001 (going away)."""
        async with serve(
            self.stream,
            host,
            port,
            process_request=self.answer,
            server_header=f"lab-{self.name}/{VERSION}",
            compression=None,  # speech hardly shrinks, and deflate costs time per frame
            max_size=MAX_MESSAGE_BYTES,
            ping_interval=PING_SECONDS,
            close_timeout=2,
        ) as server:
            yield server


def _typed(response: Response, content_type: str) -> Response:
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = content_type
    response.headers["Cache-Control"] = "no-store"
    return response


async def serve_until_stopped(
    service: Service,
    host: str,
    port: int,
    background: Callable[[], AbstractAsyncContextManager[Awaitable[None] | None]],
) -> None:
    """Serve until SIGTERM or SIGINT.

    `background()` holds what the service needs while it runs, and may give something to await
    once it listens; if that fails, so does the service.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with background() as loading, service.listening(host, port):
        log.info("listening: service=%s address=%s port=%d", service.name, host, port)
        if loading is not None:
            await loading
        await stop.wait()
        log.info("stopping: open_streams=%d", service.metrics.open_streams)


def run_service(service: Coroutine[Any, Any, None]) -> None:
    """Run it to its end; one sentence and status 1 when it cannot listen."""
    try:
        asyncio.run(service)
    except OSError as error:
        sys.exit(f"cannot serve: {error.strerror or error}; choose another --host or --port")


def log_to_stdout() -> None:
    """One line per event on standard output, where journald adds the time."""
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(levelname)s %(message)s")
    # Port scans and health probes that speak no HTTP would fill the log with tracebacks;
    # what fails in our own handlers is logged by Service.stream.
    logging.getLogger("websockets").setLevel(logging.CRITICAL)
