"""Run one command on another host."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING, Any

import asyncssh
from asyncssh.channel import SSHClientChannel
from asyncssh.constants import EXTENDED_DATA_STDERR
from asyncssh.packet import String

from lab.plugins.command.output import OVERLONG, Output, Stream
from lab.plugins.command.wording import quoted
from lab.plugins.serving import PluginError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lab.plugins.command.logs import ResourceLog

_WINDOW, _PACKET = 2 * 1024 * 1024, 32 * 1024


class _Session(asyncssh.SSHClientSession[bytes]):
    """Hands output on; `ended` is done once the exit status is known and no output can follow."""

    def __init__(self, output: Output) -> None:
        self.output = output
        self._status_known = False
        self._at_end = False
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes, datatype: int | None) -> None:
        stream = Stream.STDERR if datatype == EXTENDED_DATA_STDERR else Stream.STDOUT
        self.output.feed(stream, data)

    def exit_status_received(self, status: int) -> None:
        del status
        self._status_known = True
        self._settle()

    def exit_signal_received(self, signal: str, core_dumped: bool, msg: str, lang: str) -> None:  # noqa: FBT001  # asyncssh's own signature
        del signal, core_dumped, msg, lang
        self._status_known = True
        self._settle()

    def eof_received(self) -> bool:
        self._at_end = True
        self._settle()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._status_known = self._at_end = True
        self._settle()

    def _settle(self) -> None:
        # A background process that keeps the output open keeps the command going, as published.
        if self._status_known and self._at_end and not self.ended.done():
            self.ended.set_result(None)


async def run_remote(
    connection: asyncssh.SSHClientConnection,
    command: str,
    *,
    environment: Mapping[str, str],
    previous: Mapping[str, str],
    stdin: str,
    logging: str | None,
    log: ResourceLog,
) -> tuple[str, str]:
    """Standard output and error of the command; PluginError when it fails or cannot be run.

    environment: a variable that the server refuses is an error. previous: one that it refuses is a
    warning.
    """
    output = Output(logging, log.status)
    channel = await _open(connection, session := _Session(output))
    finished = False
    try:
        await _set_environment(channel, environment, previous, log)
        failure = await _run(channel, session, command, stdin)
        finished = session.ended.done()
    finally:
        if not finished:
            _interrupt(channel)
        channel.close()
        await output.close()
    if failure:
        raise PluginError(f"{failure}: running {quoted(command)}:\n{output.both()}")
    return output.text(Stream.STDOUT), output.text(Stream.STDERR)


async def _run(
    channel: SSHClientChannel[bytes], session: _Session, command: str, stdin: str
) -> str:
    """Why it failed, "" if it did not."""
    if not await channel._make_request(b"exec", String(command)):  # noqa: SLF001  # see _open
        return f"ssh: command {command} failed"
    session.session_started()
    await channel._start_reading()  # noqa: SLF001  # see _open
    channel.write(stdin.encode())
    channel.write_eof()
    waits = {session.ended, session.output.overlong}
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    return OVERLONG if session.output.overlong.done() else _failure(channel)


async def _open(
    connection: asyncssh.SSHClientConnection, session: _Session
) -> SSHClientChannel[bytes]:
    """A session channel on which nothing runs yet.

    asyncssh's public call sends variables without asking whether they were taken, and the published
    plugin's users depend on the answer: hence these steps by hand, on a pinned asyncssh.
    """
    loop = asyncio.get_running_loop()
    channel: SSHClientChannel[bytes] = SSHClientChannel(
        connection, loop, "replace", None, "strict", _WINDOW, _PACKET
    )
    try:
        await channel._open(b"session")  # noqa: SLF001  # see above
    except asyncssh.ChannelOpenError as error:
        raise PluginError(f"ssh: rejected: {error.reason}") from None
    except (asyncssh.Error, OSError):
        raise PluginError(
            "ssh: the connection was lost before the command could run: EOF"
        ) from None
    channel._session = session  # noqa: SLF001  # see above
    session.connection_made(channel)
    return channel


async def _set_environment(
    channel: SSHClientChannel[Any],
    environment: Mapping[str, str],
    previous: Mapping[str, str],
    log: ResourceLog,
) -> None:
    for variables, required in ((environment, True), (previous, False)):
        for name, value in variables.items():
            if await channel._make_request(b"env", String(name), String(value)):  # noqa: SLF001  # see _open
                continue
            advice = (
                f"Unable to set '{name}': the SSH server takes only variables that its AcceptEnv "
                "names. With a shell like bash there, 'NAME=value command' needs no AcceptEnv."
            )
            if not required:
                await log.warning(advice)
                continue
            await log.error(advice)
            reason = f"could not set environment variable {quoted(name)}: ssh: setenv failed"
            raise PluginError(reason)


def _failure(channel: SSHClientChannel[Any]) -> str:
    """Why the command did not succeed, "" if it did."""
    if found := channel.get_exit_signal():
        name, _, message, _ = found
        number = getattr(signal, f"SIG{name}", 0)
        reason = f". Reason was: {message}" if message else ""
        return f"Process exited with status {128 + number} from signal {name}{reason}"
    status = channel.get_exit_status()
    if status is None:
        return "wait: remote command exited without exit status or exit signal"
    return f"Process exited with status {status}" if status else ""


def _interrupt(channel: SSHClientChannel[Any]) -> None:
    """Ask the host to end what runs: closing alone would let a silent process live on."""
    with contextlib.suppress(OSError):  # the channel may be closed already
        channel.send_signal("TERM")
