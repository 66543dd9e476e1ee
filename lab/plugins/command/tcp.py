"""The TCP connection under an SSH one."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

from lab.plugins.command.wording import dial_failure, endpoint

if TYPE_CHECKING:
    from lab.plugins.command.connection import Login

_TCP_KEEPALIVE = 15  # seconds; what a Go program's sockets have. SSH's own keepalives are not used.


class DialError(Exception):
    """One attempt failed, for whatever reason: the next may do better."""


async def connect(login: Login) -> socket.socket:
    """A connected socket, within the login's time for one dial; DialError otherwise."""
    loop = asyncio.get_running_loop()
    address = endpoint(login.host, login.port)
    last: OSError | None = None
    try:
        async with asyncio.timeout(login.per_dial_timeout):
            for family, kind, proto, _, target in await loop.getaddrinfo(
                login.host, login.port, type=socket.SOCK_STREAM
            ):
                address = endpoint(str(target[0]), login.port)
                sock = socket.socket(family, kind, proto)
                sock.setblocking(False)  # noqa: FBT003  # positional only
                try:
                    await loop.sock_connect(sock, target)
                except BaseException as error:
                    sock.close()
                    if not isinstance(error, OSError) or isinstance(error, asyncio.CancelledError):
                        raise
                    last = last or error
                else:
                    _keep_alive(sock)
                    return sock
    except OSError as error:
        last = error
    raise DialError(dial_failure(last or OSError("no address"), address))


def _keep_alive(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _TCP_KEEPALIVE)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _TCP_KEEPALIVE)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
