"""Connect to a host over SSH, again and again as the published plugin does."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import asyncssh

from lab.plugins.command.connection import Login
from lab.plugins.command.tcp import DialError, connect
from lab.plugins.command.wording import system_error
from lab.plugins.serving import PluginError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from lab.plugins.command.logs import ResourceLog

FIRST_DELAY, GROWTH, LONGEST_DELAY = 0.1, 1.5, 5.0
"""Seconds between two dials: the first, what each is times the last, the longest."""


async def dial(connection: Mapping[str, Any], log: ResourceLog) -> asyncssh.SSHClientConnection:
    """A logged-in connection, through `proxy` if there is one; PluginError when it gives up."""
    login = await _load(connection)
    await _reach_agent(login)
    if not connection.get("proxy"):
        return await _retrying("Dial", login, log, lambda: _log_in(login))
    try:
        proxy = await _load(connection["proxy"])
        await _reach_agent(proxy)
        bastion = await _retrying("Dial proxy", proxy, log, lambda: _log_in(proxy))
        return await _retrying("Dial from proxy", login, log, lambda: _log_in(login, bastion))
    except PluginError as error:
        raise PluginError(f"proxy: {error}") from None


async def _load(connection: Mapping[str, Any]) -> Login:
    # An encrypted key takes a second to open, and other commands run meanwhile.
    return await asyncio.to_thread(Login.load, connection)


async def _retrying(
    what: str,
    login: Login,
    log: ResourceLog,
    attempt: Callable[[], Awaitable[asyncssh.SSHClientConnection]],
) -> asyncssh.SSHClientConnection:
    limit, delay, failures = login.dial_error_limit, FIRST_DELAY, 0
    while True:
        try:
            return await attempt()
        except DialError as error:
            if limit > -1 and failures >= limit:
                raise PluginError(f"after {failures} failed attempts: {error}") from None
        failures += 1
        await log.status(f"{what} {failures}/{limit if limit != -1 else 'inf'} failed: retrying")
        await asyncio.sleep(delay)
        delay = min(delay * GROWTH, LONGEST_DELAY)


class _Client(asyncssh.SSHClient):
    """Answers password prompts, and remembers which ways of logging in were tried."""

    def __init__(self, login: Login) -> None:
        self._password = login.password
        self._answered = False
        self.tried = ["none"]

    def auth_banner_received(self, msg: str, lang: str) -> None:
        """Banners are not shown."""

    def kbdint_auth_requested(self) -> str | None:
        """Keyboard-interactive is offered only where there is a password to answer with."""
        if self._password is None or self._answered:
            return None
        self._answered = True
        self.tried.append("keyboard-interactive")
        return ""

    def kbdint_challenge_received(
        self, name: str, instructions: str, lang: str, prompts: Any
    ) -> list[str]:
        """Every question gets the password."""
        del name, instructions, lang
        return [self._password or ""] * len(prompts)


async def _log_in(
    login: Login, bastion: asyncssh.SSHClientConnection | None = None
) -> asyncssh.SSHClientConnection:
    where: dict[str, Any]
    if bastion is None:
        where = {"sock": await connect(login)}
    else:
        where = {"host": login.host, "port": login.port, "tunnel": bastion}
    client = _Client(login)
    key = login.private_key
    # A login with a key of its own never asks the agent for more.
    agent = login.agent_socket if key is None else None
    try:
        connection, _ = await asyncssh.create_connection(
            lambda: client,
            **where,
            config=None,
            known_hosts=([login.host_key], [], []),
            server_host_key_algs=[login.host_key.get_algorithm()],
            username=login.user,
            client_keys=None if key is None else [key],
            agent_path=agent,
            password=login.password,
            preferred_auth="publickey,password,keyboard-interactive",
            gss_host=None,
            login_timeout=0,
            keepalive_interval=0,
        )
    except (asyncssh.Error, OSError) as error:
        with contextlib.suppress(KeyError):
            where["sock"].close()
        raise DialError(_handshake_failure(error, login, client)) from None
    return connection


async def _reach_agent(login: Login) -> None:
    """An agent that is named, or that SSH_AUTH_SOCK names, must answer, needed or not."""
    if login.agent_socket is None:
        return
    try:
        _, writer = await asyncio.open_unix_connection(login.agent_socket)
    except OSError as error:
        reason = system_error(error)
        raise PluginError(f"dial unix {login.agent_socket}: connect: {reason}") from None
    writer.close()


def _handshake_failure(error: Exception, login: Login, client: _Client) -> str:
    if isinstance(error, asyncssh.ChannelOpenError):
        return f"ssh: rejected: connect failed ({error.reason})"
    if isinstance(error, asyncssh.HostKeyNotVerifiable):
        reason = "ssh: host key mismatch"
    elif isinstance(error, asyncssh.PermissionDenied):
        tried = " ".join([*client.tried[:1], *_methods(login), *client.tried[1:]])
        reason = (
            f"ssh: unable to authenticate, attempted methods [{tried}], no supported methods remain"
        )
    elif isinstance(error, asyncssh.KeyExchangeFailed):
        offered = login.host_key.get_algorithm()
        reason = f"ssh: no common algorithm for host key; we offered: [{offered}]: {error.reason}"
    elif isinstance(error, asyncssh.ConnectionLost):
        reason = "EOF"
    elif isinstance(error, asyncssh.DisconnectError):
        reason = f"ssh: disconnect, reason {error.code}: {error.reason}"
    elif isinstance(error, OSError):
        reason = f"read tcp: {system_error(error)}"
    else:
        reason = str(error)
    return f"ssh: handshake failed: {reason}"


def _methods(login: Login) -> list[str]:
    methods = ["publickey"] if login.private_key or login.agent_socket else []
    return methods + (["password"] if login.password is not None else [])
