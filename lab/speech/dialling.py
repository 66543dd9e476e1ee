"""Open a WebSocket at a public name, and say in one sentence which hop failed when it fails."""

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

CONNECT_SECONDS = 15.0
HAPPY_EYEBALLS_SECONDS = 0.25  # then the next address is tried beside the slow one (RFC 8305)


class HopError(Exception):
    """A connection that failed or was cut.

    `hop` is one of url, dns, tcp, tls, http, stream; `status` the HTTP status or close code, if
    there was one.
    """

    def __init__(self, url: str, hop: str, message: str, status: int | None = None) -> None:
        super().__init__(f"{url}: {message}")
        self.url = url
        self.hop = hop
        self.status = status


def trusted() -> ssl.SSLContext:
    """Verified TLS with the system's certificate authorities."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


@dataclass(frozen=True)
class Hop:
    """An open WebSocket that knows its address; whatever happens to it is a HopError."""

    url: str
    connection: ClientConnection

    async def send(self, message: str | bytes) -> None:
        """Send one message; waits while the path is full."""
        try:
            await self.connection.send(message)
        except ConnectionClosed as error:
            raise explain_cut(self.url, error) from error

    async def receive(self, seconds: float) -> str | bytes:
        """The next message; HopError when none comes within `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                return await self.connection.recv()
        except TimeoutError as error:
            message = f"the service fell silent: no message for {seconds:.0f} s"
            raise HopError(self.url, "stream", message) from error
        except ConnectionClosed as error:
            raise explain_cut(self.url, error) from error

    async def receive_event(self, seconds: float) -> dict[str, Any]:
        """The next message, which must be a JSON event and not an error."""
        return self.read_event(await self.receive(seconds))

    def read_event(self, message: str | bytes) -> dict[str, Any]:
        """A message as a JSON event; HopError when it is none, or the service's refusal."""
        try:
            event = json.loads(message)
            name = event["event"]
        except (ValueError, TypeError, KeyError):
            raise HopError(self.url, "stream", "sent something that is no JSON event") from None
        if name == "error":
            message = f"refused: {event.get('message')}"
            raise HopError(self.url, "stream", message, event.get("code"))
        return dict(event)


@asynccontextmanager
async def dial(url: str, *, ping_interval: float | None = 20.0) -> AsyncIterator[Hop]:
    """A WebSocket at `url`, closed on leaving; HopError says why there is none."""
    try:
        connection = await connect(
            url,
            ssl=trusted() if urlsplit(url).scheme == "wss" else None,
            proxy=None,
            compression=None,
            open_timeout=CONNECT_SECONDS,
            close_timeout=5,
            ping_interval=ping_interval,
            happy_eyeballs_delay=HAPPY_EYEBALLS_SECONDS,
        )
    except (OSError, ValueError, InvalidHandshake, InvalidURI) as error:
        raise explain(url, error) from error
    try:
        yield Hop(url, connection)
    finally:
        await connection.close()


def explain(url: str, error: Exception) -> HopError:  # noqa: PLR0911  # one line per hop
    """What a failed connect means."""
    host = urlsplit(url).hostname
    match error:
        case InvalidURI():
            return HopError(url, "url", "is not a WebSocket address (wss://NAME/PATH)")
        case socket.gaierror():
            return HopError(url, "dns", f"the name {host} does not resolve ({error.strerror})")
        case ssl.SSLCertVerificationError():
            words = error.verify_message
            return HopError(url, "tls", f"the certificate of {host} is not trusted ({words})")
        case ssl.SSLError():
            return HopError(url, "tls", f"TLS with {host} failed ({error.reason or error})")
        case InvalidStatus():
            status = error.response.status_code
            reason = error.response.reason_phrase
            message = f"answered HTTP {status} {reason} instead of opening a WebSocket"
            return HopError(url, "http", message, status)
        case TimeoutError():
            message = f"no answer from {host} within {CONNECT_SECONDS:.0f} s"
            return HopError(url, "tcp", message)
        case OSError():
            return HopError(url, "tcp", f"no connection to {host} ({error.strerror or error})")
        case _:
            return HopError(url, "http", f"no WebSocket handshake ({error})")


def explain_cut(url: str, error: ConnectionClosed) -> HopError:
    """What a stream that closed in the middle means."""
    if error.rcvd is None:
        return HopError(url, "stream", "the stream was cut without a close frame", 1006)
    reason = f": {error.rcvd.reason}" if error.rcvd.reason else ""
    message = f"the stream was closed with code {error.rcvd.code}{reason}"
    return HopError(url, "stream", message, error.rcvd.code)
