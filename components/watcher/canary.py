"""One visit to a service as a visitor makes it: name, connection, TLS, upgrade, ping and pong."""

from __future__ import annotations

import functools
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from .config import Target
from .websocket import Refused, Socket

PATIENCE = 10.0  # seconds for a whole visit, once the resolver has answered
_DAY = 24 * 3600


@dataclass
class Visit:
    """How it went.

    Attributes:
        checked: When it began (unix seconds).
        stage: Where it failed: "dns", "connect", "tls", "upgrade", "pong" or "exchange"; "" when
            it went well.
        detail: What went wrong, in words.
        address: Who answered.
        ms: How long each stage took, as far as it came.
        certificate_expires: Of what answers the public name (unix seconds).
    """

    service: str
    url: str
    checked: float
    stage: str = ""
    detail: str = ""
    address: str = ""
    ms: dict[str, float] = field(default_factory=dict)
    certificate_expires: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the service answered as it should."""
        return not self.stage

    @property
    def total_ms(self) -> float:
        """All stages together."""
        return round(sum(self.ms.values()), 1)


def visit(target: Target, *, patience: float = PATIENCE) -> Visit:
    """Visit a service. Whatever goes wrong is in the answer; nothing is raised."""
    made = Visit(service=target.name, url=target.url, checked=time.time())
    try:
        _walk(target, made, patience)
    except _Failed as failed:
        made.stage, made.detail = failed.stage, failed.detail
    return made


class _Failed(Exception):  # noqa: N818 - never leaves this module
    def __init__(self, stage: str, detail: str) -> None:
        super().__init__(detail)
        self.stage, self.detail = stage, detail


def _walk(target: Target, made: Visit, patience: float) -> None:
    url = urlsplit(target.url)
    with _stage(made, "dns"):
        addresses = _addresses(url)
    deadline = time.monotonic() + patience
    with _stage(made, "connect"):
        connection = _connect(addresses, deadline)
        made.address = str(connection.getpeername()[0])
    try:
        if url.scheme == "wss":
            context = _context(int(made.checked // _DAY))
            with _stage(made, "tls"):
                connection.settimeout(_left(deadline))
                secured = context.wrap_socket(connection, server_hostname=url.hostname)
                connection = secured
                made.certificate_expires = _expiry(secured)
        stream = Socket(connection, deadline - time.monotonic())
        with _stage(made, "upgrade"):
            stream.upgrade(url.netloc, url.path or "/", target.headers)
        with _stage(made, "pong"):
            stream.ping()
        if target.send:
            with _stage(made, "exchange"):
                stream.exchange(target.send, target.expect)
        stream.close()
    finally:
        connection.close()


@functools.lru_cache(maxsize=1)
def _context(_day: int) -> ssl.SSLContext:
    """Reading the trusted authorities takes longer than a visit; once a day they are read anew."""
    return ssl.create_default_context()


@contextmanager
def _stage(made: Visit, name: str) -> Iterator[None]:
    start = time.perf_counter()
    try:
        yield
    except (OSError, Refused, UnicodeError) as error:
        raise _Failed(name, _words(error)) from None
    finally:
        made.ms[name] = round((time.perf_counter() - start) * 1000, 1)


def _words(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return str(error.verify_message)
    if isinstance(error, OSError) and error.strerror:
        return str(error.strerror)
    return str(error) or type(error).__name__


def _addresses(url: SplitResult) -> list[tuple[str, int]]:
    port = url.port or (443 if url.scheme == "wss" else 80)
    found = socket.getaddrinfo(url.hostname, port, type=socket.SOCK_STREAM)
    return [(str(entry[4][0]), port) for entry in found]


def _connect(addresses: list[tuple[str, int]], deadline: float) -> socket.socket:
    """The first address that answers: a VPS without IPv6 has no way to one of those."""
    for address in addresses[:-1]:
        try:  # half of what is left: the next ones need time, too
            return socket.create_connection(address, _left(deadline) / 2)
        except OSError:
            continue
    return socket.create_connection(addresses[-1], _left(deadline))


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("no answer in time")
    return left


def _expiry(secured: ssl.SSLSocket) -> float | None:
    ends = (secured.getpeercert() or {}).get("notAfter")
    return float(ssl.cert_time_to_seconds(ends)) if isinstance(ends, str) else None
