"""A step on a machine the user has: the real ssh, against a real SSH server on loopback."""

import asyncio
import os
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncssh
import pytest

from components.login import Login, LoginFiles, ssh_command
from components.rendering import script
from components.step import command_line, render_step
from tests.unit.lab.plugins.command_host import SshHost, ssh_host

STEP = """
ensure() { echo "ensured"; echo "changed: it" >&2; }
absent() { echo "removed" >&2; }
"$1"
"""


@dataclass(frozen=True)
class Ended:
    """How the local command ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Far:
    """The far machine, and the file of the key that it takes."""

    host: SshHost
    key_file: Path

    async def run(
        self, verb: str, *, step: str = STEP, alone: bool = False, **values: str
    ) -> Ended:
        """The local command, as the engine runs it; `alone`: where there is no network at all."""
        unshared = ["unshare", "--net", *(["--map-root-user"] if os.geteuid() else [])]
        given = {
            "name": "proxy-site",
            "user": "admin",
            "address": "127.0.0.1",
            "port": str(self.host.port),
            "key_file": str(self.key_file),
            "host_key": self.host.host_key,
            "attempts": "10",
            **values,
        }
        child = await asyncio.create_subprocess_exec(
            *(unshared if alone else []),
            *("/bin/sh", "-c", command_line(verb)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        text = render_step("over-ssh.sh", given, {"step": step}, as_root=False)
        out, err = await child.communicate(text.encode())
        assert child.returncode is not None
        return Ended(child.returncode, out.decode(), err.decode())


@pytest.fixture
async def far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Far]:
    async with ssh_host(monkeypatch) as host:
        key_file = tmp_path / "key"
        host.user_key.write_private_key(key_file)
        key_file.chmod(0o600)
        yield Far(host, key_file)


def closed_port() -> str:
    """A port of loopback where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return str(taken.getsockname()[1])


def another_key() -> str:
    """The host key of some other machine."""
    return asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()


PINNING = (
    "GlobalKnownHostsFile",
    "StrictHostKeyChecking",
    "HostKeyAlias",
    "HostKeyAlgorithms",
    "CheckHostIP",
    "UpdateHostKeys",
)


def test_a_step_and_bin_ops_pin_the_host_key_by_the_same_options() -> None:
    """The one is bash, the other Python: what pins it must not drift apart."""
    login = Login(user="u", address="192.0.2.1", port=22, hostKey="ssh-ed25519 A", privateKey="k")
    files = LoginFiles(key=Path("key"), known_hosts=Path("known_hosts"))
    ops = " ".join(ssh_command(login, files, [], terminal=False))
    step = script("over-ssh.sh")
    of_ops, of_step = (dict(re.findall(r"-o (\w+)=(\S+)", text)) for text in (ops, step))

    assert of_ops.keys() >= {*PINNING, "UserKnownHostsFile"}
    assert of_step["UserKnownHostsFile"] == '"$stage_dir/known_hosts"'
    assert {name: of_step.get(name) for name in PINNING} == {name: of_ops[name] for name in PINNING}
    # Neither takes another file, where somebody may have written another key or turned it off.
    assert "ssh -F /dev/null " in ops
    assert "ssh -F /dev/null " in step


async def test_the_step_runs_there_and_its_words_come_back_apart(far: Far) -> None:
    ended = await far.run("ensure")

    assert ended == Ended(0, "ensured\n", "changed: it\n")
    assert far.host.commands == ["bash -s -- ensure"]
    assert far.host.dialled == 1


async def test_a_key_in_the_home_folder_is_found_by_its_path_as_typed(
    far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(far.key_file.parent))

    assert (await far.run("ensure", key_file="~/key")).code == 0
    refused = await far.run("ensure", key_file="~/no key")

    assert f"error: no login as admin at 127.0.0.1 port {far.host.port} with " in refused.err
    assert f"{far.key_file.parent}/no key: " in refused.err


@asynccontextmanager
async def slammed_door(far: Far, times: int) -> AsyncIterator[str]:
    """A port that leads to the far machine, once it has turned so many away."""
    turned_away = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal turned_away
        if turned_away < times:
            turned_away += 1
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection("127.0.0.1", far.host.port)
        await asyncio.gather(pass_on(reader, back), pass_on(there, writer))

    async def pass_on(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            target.write(data)
        target.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield str(server.sockets[0].getsockname()[1])


@pytest.mark.parametrize(
    ("verb", "ends"),
    [
        ("ensure", Ended(0, "ensured\n", "changed: it\n")),
        ("absent", Ended(0, "", "removed\n")),
    ],
)
async def test_who_is_turned_away_while_sshd_reads_its_settings_comes_again(
    far: Far, verb: str, ends: Ended
) -> None:
    async with slammed_door(far, 2) as port:
        ended = await far.run(verb, port=port)

    assert ended == ends
    assert far.host.commands == [f"bash -s -- {verb}"]


async def test_who_is_always_turned_away_is_told_so_in_the_end(far: Far) -> None:
    async with slammed_door(far, 1000) as port:
        ended = await far.run("ensure", port=port, attempts="2")

    assert ended.code == 1
    assert ended.err.startswith("error: no login as admin at 127.0.0.1")
    assert re.search("Connection (reset|closed) by", ended.err)


async def test_absent_runs_there_too(far: Far) -> None:
    assert await far.run("absent") == Ended(0, "", "removed\n")
    assert far.host.commands == ["bash -s -- absent"]


@pytest.mark.parametrize("verb", ["ensure", "absent"])
async def test_a_step_that_fails_there_fails_here_with_its_own_words(far: Far, verb: str) -> None:
    ended = await far.run(verb, step="echo 'error: nginx says no' >&2; exit 3")

    assert (ended.code, ended.err) == (3, "error: nginx says no\n")


async def test_a_machine_that_is_gone_is_told_and_nothing_is_left_to_undo(far: Far) -> None:
    port = closed_port()

    ended = await far.run("absent", port=port)

    assert ended.code == 0
    told = f"warning: proxy-site is not undone: the VPS at 127.0.0.1 port {port} does not answer"
    assert ended.err.startswith(told)
    assert "pulumi up and then pulumi destroy take it away" in ended.err
    assert "set it again, pulumi up, then take it out again" in ended.err


async def test_a_machine_that_took_the_address_over_is_asked_for_nothing(far: Far) -> None:
    ended = await far.run("absent", host_key=another_key())

    assert ended.code == 0
    assert f"port {far.host.port} is another machine now, by its host key." in ended.err
    assert far.host.commands == []


async def test_a_machine_that_refuses_the_login_is_not_taken_for_gone(
    far: Far, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(other)
    other.chmod(0o600)

    ended = await far.run("absent", key_file=str(other))

    assert ended.code == 1
    assert ended.err.startswith("error: no login as admin at 127.0.0.1")
    assert "Permission denied" in ended.err


async def test_a_connection_that_ends_in_the_middle_is_not_taken_for_a_machine_that_is_gone(
    far: Far,
) -> None:
    running = asyncio.create_task(far.run("absent", step="sleep 30"))
    async with asyncio.timeout(10):
        while not far.host.commands:  # noqa: ASYNC110  # what is waited for has no event
            await asyncio.sleep(0.01)
    for connection in list(far.host.open):
        connection.abort()

    ended = await running

    assert ended.code == 1
    assert "warning" not in ended.err


async def test_without_a_network_of_our_own_nobody_is_taken_for_gone(far: Far) -> None:
    ended = await far.run("absent", alone=True)

    assert ended.code == 1
    assert "Network is unreachable" in ended.err


async def test_ensure_takes_no_silence(far: Far) -> None:
    ended = await far.run("ensure", host_key=another_key())

    assert ended.code == 1
    assert "Host key verification failed" in ended.err
    assert far.host.commands == []
