"""An SSH host on loopback for the tests of the `command` stand-in: real protocol, no root."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from asyncssh.channel import SSHServerChannel
from asyncssh.packet import SSHPacket

from lab.plugins.command.logs import Severity
from lab.plugins.command.provider import CommandProvider
from lab.plugins.property_values import Properties, PropertyValue, marshal, unmarshal, wrap
from lab.plugins.protocol import provider_pb2

URN = "urn:pulumi:dev::program::app:index:Parent$command:{}::step"


async def until(holds: Callable[[], object], *, seconds: float = 10) -> None:
    """Wait for something another task or process does."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110  # what is waited for has no event
            await asyncio.sleep(0.01)


@dataclass
class Messages:
    """A log that remembers: (severity, text, urn, passing)."""

    seen: list[tuple[Severity, str, str, bool]] = field(default_factory=list)

    async def __call__(
        self, severity: Severity, message: str, *, urn: str, status: bool = False
    ) -> None:
        self.seen.append((severity, message, urn, status))

    @property
    def texts(self) -> list[str]:
        return [message for _, message, _, _ in self.seen]


@dataclass
class SshHost:
    """The running host: what it was asked, and how to log in."""

    port: int
    host_key: str
    user_key: asyncssh.SSHKey
    commands: list[str] = field(default_factory=list)
    open: set[asyncssh.SSHServerConnection] = field(default_factory=set)
    dialled: int = 0
    signals: list[str] = field(default_factory=list)
    running: list[asyncio.Task[Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._key = self.user_key.export_private_key().decode()  # no two exports are the same

    def connection(self, **changes: Any) -> dict[str, Any]:
        whole = {"host": "127.0.0.1", "port": self.port, "user": "admin", "privateKey": self._key,
                 "hostKey": self.host_key, **changes}  # fmt: skip
        return {name: value for name, value in whole.items() if value is not None}


class Server(asyncssh.SSHServer):
    """Takes the host's one user key, and the password if there is one."""

    def __init__(self, host: SshHost, password: str) -> None:
        self.host, self.password = host, password

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self.conn = conn
        self.host.open.add(conn)
        self.host.dialled += 1

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self.host.open.discard(self.conn)

    def connection_requested(self, *_: Any) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return bool(self.password)

    def validate_password(self, username: str, password: str) -> bool:
        del username
        return password == self.password

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        del username
        return key.public_data == self.host.user_key.public_data


@contextlib.asynccontextmanager
async def ssh_host(
    patch: pytest.MonkeyPatch,
    *,
    accepted: tuple[str, ...] = (),
    sftp_root: Path | None = None,
    password: str = "",
) -> AsyncIterator[SshHost]:
    """A host that runs commands with /bin/sh; accepted: variables it takes, as sshd's AcceptEnv."""
    server_key = asyncssh.generate_private_key("ssh-ed25519")
    line = server_key.export_public_key().decode().strip()
    host = SshHost(0, line, asyncssh.generate_private_key("ssh-ed25519"))

    def takes(channel: Any, packet: SSHPacket) -> bool:
        name, value = packet.get_string(), packet.get_string()
        if name.decode() in accepted:
            channel._env[name] = value
        return name.decode() in accepted

    def signalled(_: Any, signal: str) -> None:
        host.signals.append(signal)

    patch.setattr(SSHServerChannel, "_process_env_request", takes)
    patch.setattr(asyncssh.SSHServerProcess, "signal_received", signalled)
    patch.delenv("SSH_AUTH_SOCK", raising=False)
    server = await asyncssh.create_server(
        lambda: Server(host, password), "127.0.0.1", 0, server_host_keys=[server_key],
        encoding=None, process_factory=_runner(host), agent_forwarding=False,
        sftp_factory=(lambda chan: asyncssh.SFTPServer(chan, chroot=str(sftp_root).encode()))
        if sftp_root else None,
    )  # fmt: skip
    host.port = server.get_port()
    try:
        yield host
    finally:
        server.close()
        for connection in list(host.open):
            connection.abort()
        await server.wait_closed()
        await asyncio.gather(*host.running, return_exceptions=True)


def _runner(host: SshHost) -> Callable[[Any], Any]:
    async def run(process: asyncssh.SSHServerProcess[bytes]) -> None:
        command = process.command or ""
        host.commands.append(command)
        if (task := asyncio.current_task()) is not None:
            host.running.append(task)
        child = await asyncio.create_subprocess_exec(
            "/bin/sh", "-c", command, env={**os.environ, **process.env},
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

        async def pump(source: Any, sink: Any) -> None:
            while data := await source.read(4096):
                sink.write(data)

        async def feed() -> None:
            assert child.stdin is not None
            with contextlib.suppress(asyncssh.Error, OSError):
                while data := await process.stdin.read(4096):
                    child.stdin.write(data)
            child.stdin.close()

        async def work() -> None:
            await asyncio.gather(
                pump(child.stdout, process.stdout), pump(child.stderr, process.stderr)
            )
            process.exit(await child.wait())

        feeding, working = asyncio.create_task(feed()), asyncio.create_task(work())
        closing = asyncio.create_task(process.channel.wait_closed())
        await asyncio.wait({working, closing}, return_when=asyncio.FIRST_COMPLETED)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        for helper in (feeding, working, closing):
            helper.cancel()
        await asyncio.gather(feeding, working, closing, return_exceptions=True)
        await child.wait()

    return run


@dataclass
class Engine:
    """Drives a provider as the engine does: check, diff, then what the diff asks for."""

    kind: str
    provider: CommandProvider
    state: Properties = field(default_factory=dict)
    resource_id: str = ""

    @property
    def urn(self) -> str:
        return URN.format(self.kind)

    async def check(self, **inputs: Any) -> Properties:
        news = marshal(_wrapped(inputs))
        answer = await self.provider.check(provider_pb2.CheckRequest(urn=self.urn, news=news))
        assert not answer.failures
        return unmarshal(answer.inputs)

    async def diff(self, **inputs: Any) -> dict[str, str]:
        news = await self.check(**inputs)
        asked = provider_pb2.DiffRequest(
            urn=self.urn, id=self.resource_id, olds=marshal(self.state), news=marshal(news)
        )
        answer = await self.provider.diff(asked)
        changes = provider_pb2.DiffResponse.DiffChanges
        assert changes.Name(answer.changes) == ("DIFF_SOME" if answer.diffs else "DIFF_NONE")
        kinds = provider_pb2.PropertyDiff.Kind
        return {path: kinds.Name(change.kind) for path, change in answer.detailedDiff.items()}

    async def create(
        self, news: Properties, *, seconds: float = 0, preview: bool = False
    ) -> provider_pb2.CreateResponse:
        asked = provider_pb2.CreateRequest(
            urn=self.urn, properties=marshal(news), timeout=seconds, preview=preview
        )
        return await self.provider.create(asked)

    async def update(self, news: Properties, *, preview: bool = False) -> Properties:
        olds = marshal(self.state)
        asked = provider_pb2.UpdateRequest(
            urn=self.urn, id=self.resource_id, olds=olds, news=marshal(news), preview=preview
        )
        return unmarshal((await self.provider.update(asked)).properties)

    async def up(self, **inputs: Any) -> Properties:
        news = await self.check(**inputs)
        if not self.state:
            made = await self.create(news)
            self.resource_id, self.state = made.id, unmarshal(made.properties)
        elif await self.diff(**inputs):
            self.state = await self.update(news)
        return self.state

    async def destroy(self) -> None:
        asked = provider_pb2.DeleteRequest(
            urn=self.urn, id=self.resource_id, properties=marshal(self.state)
        )
        await self.provider.delete(asked)


def _wrapped(inputs: dict[str, Any]) -> Properties:
    return {
        name: value if isinstance(value, PropertyValue) else wrap(value)
        for name, value in inputs.items()
        if value is not None
    }
