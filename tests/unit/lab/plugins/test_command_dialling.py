"""The `command` stand-in's logins: keys, passwords, bastions, host keys, and how it gives up."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import asyncssh
import pytest

from lab.plugins.command import dialling
from lab.plugins.command.provider import CommandProvider
from lab.plugins.property_values import plain
from lab.plugins.serving import PluginError
from tests.unit.lab.plugins.command_host import Engine, Messages, SshHost, ssh_host, until


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialling, "FIRST_DELAY", 0.001)


@pytest.fixture
async def host(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SshHost]:
    async with ssh_host(monkeypatch, password="pass word") as running:
        yield running


@pytest.fixture
def log() -> Messages:
    return Messages()


@pytest.fixture
def engine(log: Messages) -> Engine:
    return Engine("remote:Command", CommandProvider(log))


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def passing_on_to(
    port: int,
) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(4096):
            sink.write(data)

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pump(reader, back), pump(there, writer))

    return pass_on


async def test_a_refused_port_is_tried_again_up_to_the_limit(
    host: SshHost, engine: Engine, log: Messages
) -> None:
    port = closed_port()
    with pytest.raises(PluginError) as failure:
        await engine.up(connection=host.connection(port=port, dialErrorLimit=3), create="true")
    where = f"dial tcp 127.0.0.1:{port}: connect: connection refused"
    assert str(failure.value) == f"after 3 failed attempts: {where}"
    assert log.texts == [f"Dial {n}/3 failed: retrying" for n in (1, 2, 3)]


async def test_a_host_that_comes_up_late_is_reached_with_no_limit(
    host: SshHost, engine: Engine, log: Messages
) -> None:
    port = closed_port()
    dialled = asyncio.create_task(
        engine.up(connection=host.connection(port=port, dialErrorLimit=-1), create="echo up")
    )
    await until(lambda: len(log.texts) >= 12)
    server = await asyncio.start_server(passing_on_to(host.port), "127.0.0.1", port)
    try:
        assert plain((await asyncio.wait_for(dialled, 10))["stdout"]) == "up"
    finally:
        server.close()  # alone: since Python 3.12 `async with` waits for the connections' ends
    assert log.texts[0] == "Dial 1/inf failed: retrying"


async def test_a_silent_address_is_given_up_after_the_per_dial_timeout(
    host: SshHost, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(*_: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", hang)
    started = time.monotonic()
    with pytest.raises(PluginError, match=r"after 0 failed attempts: .*: i/o timeout$"):
        await engine.up(
            connection=host.connection(dialErrorLimit=0, perDialTimeout=1), create="true"
        )
    assert 0.9 < time.monotonic() - started < 5


async def test_a_wrong_host_key_is_tried_again_and_refused(host: SshHost, engine: Engine) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    with pytest.raises(PluginError) as failure:
        await engine.up(connection=host.connection(hostKey=other, dialErrorLimit=2), create="true")
    expected = "after 2 failed attempts: ssh: handshake failed: ssh: host key mismatch"
    assert str(failure.value) == expected
    assert host.dialled == 3
    assert host.commands == []


async def test_only_the_host_keys_own_algorithm_is_offered(host: SshHost, engine: Engine) -> None:
    other = asyncssh.generate_private_key("ecdsa-sha2-nistp256").export_public_key().decode()
    with pytest.raises(PluginError, match="no common algorithm for host key"):
        await engine.up(connection=host.connection(hostKey=other, dialErrorLimit=0), create="true")


async def test_without_a_host_key_nobody_is_dialled(host: SshHost, engine: Engine) -> None:
    with pytest.raises(PluginError, match=r"hostKey is not set for 127\.0\.0\.1: refusing"):
        await engine.up(connection=host.connection(hostKey=None), create="true")
    assert host.dialled == 0


async def test_a_password_logs_in(host: SshHost, engine: Engine) -> None:
    state = await engine.up(
        connection=host.connection(privateKey=None, password="pass word"), create="echo in"
    )
    assert plain(state["stdout"]) == "in"


async def test_a_refused_login_is_tried_again_and_shows_no_secret(
    host: SshHost, engine: Engine, log: Messages
) -> None:
    wrong = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    with pytest.raises(PluginError) as failure:
        await engine.up(
            connection=host.connection(privateKey=wrong, password="wrong-word", dialErrorLimit=1),
            create="true",
        )
    text = str(failure.value)
    assert "after 1 failed attempts: ssh: handshake failed: ssh: unable to authenticate" in text
    assert "attempted methods [none publickey password" in text
    assert "wrong-word" not in text + "".join(log.texts)


async def test_an_encrypted_private_key_needs_its_password(host: SshHost, engine: Engine) -> None:
    key = host.user_key.export_private_key(passphrase="open sesame").decode()
    for password, reason in ((None, "passphrase protected"), ("no", "password incorrect")):
        given = host.connection(privateKey=key, privateKeyPassword=password)
        with pytest.raises(PluginError, match=reason):
            await engine.up(connection=given, create="true")
    given = host.connection(privateKey=key, privateKeyPassword="open sesame")
    assert plain((await engine.up(connection=given, create="echo in"))["stdout"]) == "in"


async def test_a_broken_private_key_is_not_shown(host: SshHost, engine: Engine) -> None:
    with pytest.raises(PluginError) as failure:
        await engine.up(connection=host.connection(privateKey="-----BEGIN rubbish"), create="true")
    assert str(failure.value) == "ssh: no key found"


async def test_an_agent_logs_in_and_a_dead_one_stops_everything(
    host: SshHost, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = str(tmp_path / "agent.sock")
    monkeypatch.setenv("SSH_AUTH_SOCK", dead)
    with pytest.raises(PluginError) as failure:
        await engine.up(connection=host.connection(), create="true")
    assert str(failure.value) == f"dial unix {dead}: connect: no such file or directory"


async def test_a_bastion_is_passed_and_its_key_checked_too(
    host: SshHost, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ssh_host(monkeypatch) as bastion:
        proxy = bastion.connection()
        given = host.connection(proxy=proxy, dialErrorLimit=0)
        assert plain((await engine.up(connection=given, create="echo in"))["stdout"]) == "in"
        assert bastion.dialled == 1
        del proxy["hostKey"]
        with pytest.raises(PluginError, match=r"^proxy: connection\.hostKey is not set"):
            await engine.up(connection=host.connection(proxy=proxy), create="echo more")
        given |= {"port": closed_port(), "proxy": bastion.connection()}
        with pytest.raises(PluginError, match=r"proxy: after 0 failed attempts: ssh: rejected"):
            await engine.up(connection=given, create="echo more")


async def test_a_custom_timeout_ends_the_dialling(host: SshHost, engine: Engine) -> None:
    given = host.connection(port=closed_port(), dialErrorLimit=-1)
    news = await engine.check(connection=given, create="true")
    with pytest.raises(PluginError, match="context deadline exceeded"):
        await engine.create(news, seconds=0.3)
