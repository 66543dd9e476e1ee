"""A connection with a stand-in for ssh: any program that gives lines back."""

import asyncio
import sys
import time
from pathlib import Path

import pytest

from components.holder.config import Config, Forward, load
from components.holder.session import Session
from components.rendering import HERE

CONFIG = Config(
    "/var/lib/vps-tunnel/ssh_config",
    "/run/sockets",
    4,
    (Forward("asr", "127.0.0.1:8001"), Forward("tts", "[::1]:8002")),
)


@pytest.fixture
def ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program called ssh, first on PATH; the test writes it."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    program = tmp_path / "ssh"
    program.write_text("#!/bin/sh\nexec cat\n")
    program.chmod(0o755)
    return program


def becomes(program: Path, text: str) -> None:
    """From now on the stand-in is this script."""
    program.write_text(f"#!/bin/sh\n{text}\n")


def python(program: Path, text: str) -> None:
    """From now on the stand-in is this script."""
    program.write_text(f"#!{sys.executable}\n{text}")


async def until_true(session: Session, attribute: str) -> None:
    deadline = time.monotonic() + 10
    while not getattr(session, attribute):
        assert time.monotonic() < deadline, attribute
        await asyncio.sleep(0.01)


def test_the_command_line_names_the_sockets_of_its_slot_and_no_secret() -> None:
    session = Session(CONFIG, 2, "b", lambda: None)

    assert session.argv(1) == [
        *("ssh", "-F", "/var/lib/vps-tunnel/ssh_config", "-T", "-o", "ConnectTimeout=1"),
        *("-R", "/run/sockets/2b/asr:127.0.0.1:8001"),
        *("-R", "/run/sockets/2b/tts:[::1]:8002"),
        *("vps", "hold"),
    ]


async def test_a_connection_is_up_with_its_first_answer(ssh: Path) -> None:
    woken: list[bool] = []
    session = Session(CONFIG, 0, "a", lambda: woken.append(True))
    session.start(1)

    await until_true(session, "up")

    assert session.beats.round_trip is None  # it has waited for the handshake
    assert woken
    session.kill()
    await until_true(session, "ended")


async def test_a_refusal_is_told_from_a_line_that_failed(ssh: Path) -> None:
    becomes(ssh, "echo 'tunnel@vps: Permission denied (publickey).' >&2; exit 255")
    refused = Session(CONFIG, 0, "a", lambda: None)
    refused.start(1)
    await until_true(refused, "ended")
    becomes(ssh, "echo 'connect to host: Connection refused' >&2; exit 255")
    failed = Session(CONFIG, 0, "a", lambda: None)
    failed.start(1)
    await until_true(failed, "ended")

    assert refused.refused
    assert refused.words.endswith("Permission denied (publickey).")
    assert not failed.refused


@pytest.mark.parametrize(
    "words",
    [
        "tunnel@203.0.113.16: Permission denied (publickey).",
        "tunnel@2001:db8::1: Permission denied (publickey,keyboard-interactive).",
        "Host key verification failed.",
        "Error: remote port forwarding failed for listen path /run/sockets/0a/asr",
        "Error: remote port forwarding failed for listen port 8001",
        "Received disconnect from 203.0.113.16 port 22:2: Too many authentication failures\r\nEnd",
        "Bad owner or permissions on /var/lib/vps-tunnel/ssh_config",
        "Authorized users only.tunnel@vps: Permission denied (publickey).",  # an unended banner
    ],
)
async def test_the_refusals_of_ssh_are_known_by_its_own_words(ssh: Path, words: str) -> None:
    becomes(ssh, f"printf '%s\\r\\n' '{words}' >&2; exit 255")
    session = Session(CONFIG, 0, "a", lambda: None)
    session.start(1)
    await until_true(session, "ended")

    assert session.refused
    assert session.words == words.partition("\r\n")[0]


BANNER = (
    "Unauthorized access to this system is not allowed.",
    "Permission denied to all but the staff, too many authentication failures are reported.",
    "Whoever has bad owner or permissions on a file: remote port forwarding failed to be allowed.",
)


@pytest.mark.parametrize("line", BANNER)
async def test_a_banner_of_the_vps_is_no_refusal(ssh: Path, line: str) -> None:
    becomes(ssh, f"printf '%s\\r\\n' '{line}' >&2; exit 255")
    session = Session(CONFIG, 0, "a", lambda: None)
    session.start(1)
    await until_true(session, "ended")

    assert not session.refused


async def test_a_banner_is_not_why_a_connection_has_ended(ssh: Path) -> None:
    end = "echo 'Connection to vps closed by remote host.' >&2"
    for last, words in (("", ""), (end, "Connection to vps closed by remote host.")):
        becomes(ssh, f"echo '{BANNER[0]}' >&2; sleep 0.3; head -n 1; {last}")
        session = Session(CONFIG, 0, "a", lambda: None)
        session.start(1)
        await until_true(session, "words")
        assert session.words == BANNER[0]
        await until_true(session, "ended")

        assert session.up
        assert session.words == words


async def test_an_answer_without_an_end_does_not_end_the_connection(ssh: Path) -> None:
    becomes(ssh, "head -c 100000 /dev/zero; echo; exec cat")
    session = Session(CONFIG, 0, "a", lambda: None)
    session.start(1)

    await until_true(session, "up")

    assert not session.ended
    session.kill()
    await until_true(session, "ended")


async def test_a_machine_without_ssh_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    session = Session(CONFIG, 0, "a", lambda: None)
    session.start(1)
    await until_true(session, "ended")

    assert "ssh cannot be started" in session.words


async def test_the_words_are_the_last_that_say_something_and_they_are_bounded(ssh: Path) -> None:
    offered = ",".join(f"exchange-{number}" for number in range(100))
    said = {
        "/x/ssh_config: line 3: Bad configuration option: foo\\n"
        "/x/ssh_config: terminating, 1 bad configuration options": "Bad configuration option: foo",
        f"Unable to negotiate with 203.0.113.16 port 22: their offer: {offered}": "exchange-9,",
        "kex_exchange_identification: reset\\r\\nConnection reset by peer\\r\\n\\r\\n": "by peer",
    }
    for words, kept in said.items():
        becomes(ssh, f"printf '{words}' >&2; exit 255")
        session = Session(CONFIG, 0, "a", lambda: None)
        session.start(1)
        await until_true(session, "ended")

        assert kept in session.words
        assert len(session.words) <= 500
        assert session.words == session.words.strip()


async def test_a_standard_input_that_is_a_socket_is_no_stream(ssh: Path) -> None:
    """Older Pythons give a child a socket for the pipe that was asked for; ssh makes a copy."""
    python(
        ssh,
        "import os, socket, sys, time\n"
        "line = sys.stdin.readline()\n"
        "given, vps, stream = socket.socket(), socket.socket(), socket.socket()\n"
        "os.dup2(given.fileno(), 0)\n"
        "print(line, end='', flush=True)\n"
        "time.sleep(60)\n",
    )
    session = Session(CONFIG, 0, "a", lambda: None)
    session.start(1)
    await until_true(session, "up")

    assert session.streams() == 1
    session.kill()
    await until_true(session, "ended")


async def test_the_streams_are_the_sockets_of_the_process(ssh: Path) -> None:
    session = Session(CONFIG, 0, "a", lambda: None)
    session.start(1)
    await until_true(session, "up")

    assert session.streams() == 0

    session.kill()


def test_a_configuration_that_is_none_says_where_and_what(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text('{"directory": "/run"}')

    with pytest.raises(ValueError, match=r"config\.json is not a configuration of the tunnel"):
        load(file)


def test_the_holder_needs_nothing_but_the_standard_library() -> None:
    """It runs under the system's own Python, which knows no packages of ours."""
    for path in (HERE / "holder").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "import components" not in text
        assert "from components" not in text
