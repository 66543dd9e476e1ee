"""bin/ops ssh with the real ssh, against a server on loopback: the host key decides."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncssh
import pytest_asyncio

from tests.unit.ops.conftest import Ops


@dataclass(frozen=True, kw_only=True)
class Vps:
    """A server that says back what it is asked to run, and leaves with status 5."""

    port: int
    host_key: str
    login_key: str
    asked: list[str | None]


@pytest_asyncio.fixture
async def vps() -> AsyncIterator[Vps]:
    host_key = asyncssh.generate_private_key("ssh-ed25519")
    login_key = asyncssh.generate_private_key("ssh-ed25519")
    asked: list[str | None] = []

    async def answer(process: asyncssh.SSHServerProcess[str]) -> None:
        asked.append(process.command)
        process.stdout.write(f"heard {await process.stdin.read()}")
        process.exit(5)

    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_host_keys=[host_key],
        authorized_client_keys=asyncssh.import_authorized_keys(
            login_key.export_public_key().decode()
        ),
        process_factory=answer,
    )
    async with server:
        yield Vps(
            port=server.get_port(),
            host_key=host_key.export_public_key().decode(),
            login_key=login_key.export_private_key().decode(),
            asked=asked,
        )


async def _ssh(ops: Ops, vps: Vps, host_key: str) -> tuple[int, str, str]:
    (ops.folder / "bin" / "ssh").unlink()
    ops.outputs(
        {
            "login": {
                "user": "admin",
                "address": "127.0.0.1",
                "port": vps.port,
                "hostKey": host_key,
                "privateKey": vps.login_key,
            }
        }
    )
    done = await asyncio.to_thread(ops.run, "ssh", "--", "uptime", "-s", stdin="words")
    return done.returncode, done.stdout, done.stderr


async def test_the_machine_with_the_stacks_host_key_is_logged_in_to(ops: Ops, vps: Vps) -> None:
    assert await _ssh(ops, vps, vps.host_key) == (5, "heard words", "")
    assert vps.asked == ["uptime -s"]
    assert ops.left == []


async def test_a_machine_with_another_host_key_is_told_nothing(ops: Ops, vps: Vps) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    code, output, said = await _ssh(ops, vps, other)

    assert (code, output) == (255, "")
    assert "Host key verification failed" in said
    assert vps.asked == []
    assert ops.left == []
