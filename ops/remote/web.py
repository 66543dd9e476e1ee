"""One exchange with a web service, stage by stage, each with its time.

The standard library alone: it also runs on a host that has nothing else.
"""

import functools
import socket
import ssl
import struct
import time
from contextlib import suppress
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPResponse
from typing import Any, BinaryIO, cast

from ops.remote.frames import CLOSE, PING, PONG, frame, read_frame
from ops.remote.target import Exchange, Target

__all__ = ["Exchange", "Target", "exchange", "request"]

KEPT_HEADERS = ("server", "cf-ray", "date", "location", "retry-after", "upgrade")


@functools.cache
def trust() -> ssl.SSLContext:
    """The system's own trust store; reading it takes longer than a handshake."""
    return ssl.create_default_context()


class _Failed(Exception):  # noqa: N818 # how a stage ends
    def __init__(self, error: str, words: str) -> None:
        super().__init__(words)
        self.error = error


class _Visit:
    """The stages in their order, and what each has found so far."""

    def __init__(self, target: Target, seconds: float) -> None:
        self.target = target
        self.until = time.monotonic() + seconds
        self.found: dict[str, Any] = {}
        self.stage = "connect"

    def run(self) -> None:
        target = self.target
        with self._timed("connect"):
            peer = socket.create_connection((target.address, target.port), self._left())
        with peer:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if target.tls:
                context = trust()
                with self._timed("tls"):
                    peer.settimeout(self._left())
                    secured = context.wrap_socket(peer, server_hostname=target.hostname)
                ends = cast("dict[str, str]", secured.getpeercert())["notAfter"]
                self.found["certificate_end"] = float(ssl.cert_time_to_seconds(ends))
                peer = secured
            self._ask(peer)

    def _ask(self, peer: socket.socket) -> None:
        with self._timed("answer"):
            peer.settimeout(self._left())
            peer.sendall(request(self.target))
            answer = HTTPResponse(peer)
            answer.begin()
        self.found["status"] = answer.status
        kept = {name: answer.headers.get(name, "") for name in KEPT_HEADERS}
        self.found["headers"] = {name: value for name, value in kept.items() if value}
        if kept["date"]:
            self.found["date"] = parsedate_to_datetime(kept["date"]).timestamp()
        if not self.target.upgrade:
            return
        self.stage = "upgrade"
        if answer.status != 101:  # noqa: PLR2004 # switching protocols
            raise _Failed("status", f"HTTP {answer.status} in the place of a WebSocket")
        pongs: list[float] = []
        for _ in range(self.target.pings):
            with self._timed("pong"):
                peer.settimeout(self._left())
                peer.sendall(frame(PING, b"ops"))
                # What the service says meanwhile is read and left.
                while read_frame(answer.fp) != PONG:
                    peer.settimeout(self._left())
            pongs.append(self.found["pong_ms"])
            self.found["pongs_ms"] = tuple(pongs)
        self.found["pong_ms"] = min(pongs)
        if self.target.listen:
            self._listen(peer, answer.fp)
        with suppress(OSError):  # who has answered may go first
            peer.sendall(frame(CLOSE, struct.pack("!H", 1000)))

    def _listen(self, peer: socket.socket, stream: BinaryIO) -> None:
        self.found["heard"] = 0
        until = time.monotonic() + self.target.listen
        with suppress(TimeoutError):
            while (left := until - time.monotonic()) > 0:
                peer.settimeout(left)
                if read_frame(stream) == PING:
                    self.found["heard"] += 1
                    peer.sendall(frame(PONG, b""))

    def _left(self) -> float:
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left

    def _timed(self, stage: str) -> "_Stage":
        self.stage = stage
        return _Stage(self.found, f"{stage}_ms")


class _Stage:
    def __init__(self, found: dict[str, Any], name: str) -> None:
        self._found, self._name = found, name

    def __enter__(self) -> None:
        self._begun = time.perf_counter()

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._found[self._name] = (time.perf_counter() - self._begun) * 1000


def exchange(target: Target, seconds: float) -> Exchange:
    """Visit the target once; what happens is told, not raised, and over after `seconds`.

    Listening for pings comes on top of them.
    """
    visit = _Visit(target, seconds)
    failure: dict[str, Any] = {}
    try:
        visit.run()
    except (OSError, HTTPException, _Failed, ValueError) as error:
        failure = {"failed": visit.stage, "error": kind_of(error), "words": str(error)}
    return Exchange(**{**visit.found, **failure})


def kind_of(error: Exception) -> str:
    """One word for what went wrong on the way."""
    if isinstance(error, _Failed):
        return error.error
    if isinstance(error, ssl.SSLCertVerificationError):
        expired = 10  # OpenSSL's X509_V_ERR_CERT_HAS_EXPIRED
        return "certificate-expired" if error.verify_code == expired else "certificate"
    kinds = (
        (ConnectionRefusedError, "refused"),
        (TimeoutError, "silent"),
        (ssl.SSLError, "tls"),
        (ConnectionError, "closed"),  # http.client's own "closed without an answer", too
        (OSError, "unreachable"),
    )
    return next((word for kind, word in kinds if isinstance(error, kind)), "malformed")


def request(target: Target) -> bytes:
    """The request as it goes over the wire."""
    headers = {"Host": target.hostname, "User-Agent": "bin/ops", "Accept": "*/*"}
    if target.upgrade:
        headers["Connection"], headers["Upgrade"] = "Upgrade", "websocket"
        headers["Sec-WebSocket-Version"] = "13"
        headers["Sec-WebSocket-Key"] = "dnBzLXJldmVyc2UtcHJveA=="  # any 16 bytes
    else:
        headers["Connection"] = "close"
    lines = [f"{name}: {value}" for name, value in {**headers, **target.headers}.items()]
    return "\r\n".join([f"GET {target.path} HTTP/1.1", *lines, "", ""]).encode()
