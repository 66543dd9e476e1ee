"""The few WebSocket frames that a ping needs; standard library alone."""

import os
from typing import BinaryIO

PING, PONG, CLOSE = 0x9, 0xA, 0x8
_MASKED = 0x80


def frame(opcode: int, data: bytes) -> bytes:
    """A short control frame (at most 125 bytes), masked as a client must."""
    mask = os.urandom(4)
    masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(data))
    return bytes([_MASKED | opcode, _MASKED | len(data)]) + mask + masked


def read_frame(stream: BinaryIO) -> int:
    """The next frame's opcode; its data is read and left. Raises ConnectionError at the end."""
    first, second = _exactly(stream, 2)
    size = second & 0x7F
    if size >= 126:  # noqa: PLR2004 # two or eight bytes of length follow
        size = int.from_bytes(_exactly(stream, 2 if size == 126 else 8), "big")  # noqa: PLR2004 # as above
    _exactly(stream, size)
    if first & 0x0F == CLOSE:
        raise ConnectionError("the WebSocket was closed")
    return first & 0x0F


def _exactly(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise ConnectionError("the connection was closed")
    return data
