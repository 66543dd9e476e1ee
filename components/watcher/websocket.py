"""As much of a WebSocket client (RFC 6455) as a canary needs: upgrade, ping, one exchange."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import struct
import time
from collections.abc import Mapping

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_MOST_HEADERS = 16384
_MOST_MESSAGE = 1 << 20
_SWITCHING = 101
_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0, 1, 2, 8, 9, 10
_FINAL = 0x80
_SHORT, _LONG = 126, 127
_MOST_SHORT = 0xFFFF


class Refused(Exception):  # noqa: N818 - told to people by its words
    """The other side does not do what a WebSocket service does."""


class Socket:
    """A connection with one deadline for all that is done with it."""

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        self._connection = connection
        self._deadline = time.monotonic() + seconds
        self._buffer = b""

    def upgrade(self, host: str, path: str, headers: Mapping[str, str]) -> None:
        """Ask for the upgrade.

        Raises:
            Refused: It is refused.
            OSError: The connection ends, or there is no answer in time.
        """
        key = base64.b64encode(os.urandom(16)).decode()
        lines = {
            "Host": host,
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": key,
            "User-Agent": "vps-reverse-proxy-canary",
            **headers,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self._send(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
        status, answer = self._read_head()
        if status != _SWITCHING:
            raise Refused(f"HTTP {status}")
        wanted = base64.b64encode(hashlib.sha1(key.encode() + _MAGIC).digest())  # noqa: S324 - RFC 6455 # nosec B324 - as the protocol has it
        if answer.get("sec-websocket-accept", "") != wanted.decode():
            raise Refused("the upgrade's answer is for another key")

    def ping(self) -> None:
        """Send a ping and wait for its pong.

        Raises:
            Refused: The stream is closed instead.
            OSError: The connection ends, or there is no pong in time.
        """
        payload = os.urandom(8)
        self._frame(_PING, payload)
        while True:
            kind, _, data = self._read_frame()
            if kind == _PONG and data == payload:
                return

    def exchange(self, send: str, expect: str) -> None:
        """Send a text and wait for a message that contains what is expected.

        Raises:
            Refused: The stream is closed instead.
            OSError: The connection ends, or no such message comes in time.
        """
        self._frame(_TEXT, send.encode())
        message = b""
        while True:
            kind, final, data = self._read_frame()
            if kind not in {_TEXT, _BINARY, _CONTINUATION}:
                continue
            message = (message + data if kind == _CONTINUATION else data)[-_MOST_MESSAGE:]
            if final and expect.encode() in message:
                return

    def close(self) -> None:
        """Say goodbye; whether it is heard does not matter."""
        try:
            self._frame(_CLOSE, struct.pack(">H", 1000))
        except OSError:
            pass
        finally:
            self._connection.close()

    def _read_head(self) -> tuple[int, dict[str, str]]:
        while b"\r\n\r\n" not in self._buffer:
            if len(self._buffer) > _MOST_HEADERS:
                raise Refused("the answer's head has no end")
            self._receive()
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        words = first.split(" ", 2)
        if len(words) < 2 or not words[1].isdigit():  # noqa: PLR2004 - "HTTP/1.1 101"
            raise Refused("the answer is not HTTP")
        pairs = (line.partition(":") for line in rest)
        return int(words[1]), {name.lower().strip(): value.strip() for name, _, value in pairs}

    def _frame(self, kind: int, payload: bytes) -> None:
        mask = os.urandom(4)
        if len(payload) < _SHORT:
            head = struct.pack(">BB", _FINAL | kind, _FINAL | len(payload))
        elif len(payload) <= _MOST_SHORT:  # the shortest form is the only one allowed
            head = struct.pack(">BBH", _FINAL | kind, _FINAL | _SHORT, len(payload))
        else:
            head = struct.pack(">BBQ", _FINAL | kind, _FINAL | _LONG, len(payload))
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
        self._send(head + mask + masked)

    def _read_frame(self) -> tuple[int, bool, bytes]:
        """The next frame's kind, whether it ends its message, its payload; answers a ping."""
        first, second = self._read(2)
        size = second & 0x7F
        if size == _SHORT:
            (size,) = struct.unpack(">H", self._read(2))
        elif size == _LONG:
            (size,) = struct.unpack(">Q", self._read(8))
        if size > _MOST_MESSAGE:
            raise Refused(f"a frame of {size} bytes")
        kind, payload = first & 0x0F, self._read(size)
        if kind == _CLOSE:
            code = struct.unpack(">H", payload[:2])[0] if len(payload) > 1 else 1005
            raise Refused(f"closed with code {code}")
        if kind == _PING:
            self._frame(_PONG, payload)
        return kind, bool(first & _FINAL), payload

    def _read(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._receive()
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def _send(self, data: bytes) -> None:
        self._connection.settimeout(self._left())
        self._connection.sendall(data)

    def _receive(self) -> None:
        self._connection.settimeout(self._left())
        data = self._connection.recv(65536)
        if not data:
            raise ConnectionError("the connection was closed")
        self._buffer += data

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("no answer in time")
        return left
