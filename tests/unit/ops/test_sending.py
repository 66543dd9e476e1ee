"""The facts program: run here as it runs on a host, and what its failures are taken for."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from components.preflight.machine import Machine
from ops.health.facts import HostFacts
from ops.health.requests import vps_request, wsl_request
from ops.remote import system
from ops.remote.system import moved
from ops.sending import Unreached, _answer, ask_here, impatient, program, trouble
from tests.unit.ops.health.support import operations


def looked(request: dict[str, Any]) -> HostFacts:
    """The facts of this machine, by the program as it is sent."""
    done = subprocess.run(
        [sys.executable, "-I", "-"],
        input=program(request),
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return HostFacts.model_validate(json.loads(done.stdout))


@pytest.mark.parametrize("ask", [vps_request, wsl_request])
def test_the_program_stands_alone_and_its_answer_fits_the_facts(ask: Any) -> None:
    found = looked(ask(operations(mode="strict")))

    assert found.uptime > 0
    assert found.disks
    assert {one.failed for one in found.web.values()} <= {
        "connect",
        "answer",
        "upgrade",
        "pong",
        "",
    }


def test_what_cannot_be_seen_is_missing_and_ends_nothing() -> None:
    found = looked(
        {
            "keys": ["/nowhere/key.pub"],
            "states": ["/nowhere/state.json"],
            "certificates": ["/nowhere/tls.pem"],
        }
    )

    assert found.keys == {"/nowhere/key.pub": None}
    assert found.states == {"/nowhere/state.json": None}
    assert found.certificates == {"/nowhere/tls.pem": None}


@pytest.mark.parametrize("days", [10, 100, 190, 280])  # some of them in summer time
def test_a_certificates_end_is_read_whatever_this_machines_time_zone(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    made = tmp_path / "tls.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=x"
        f" -days {days} -keyout /dev/null -out {made}"
    )
    subprocess.run(command.split(), check=True, capture_output=True)
    found = looked({"certificates": [str(made)]})
    end = found.certificates[str(made)]

    assert end is not None
    assert abs(end - (found.now + days * 86400)) < 60


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("ssh: connect to host 203.0.113.16 port 22: Connection refused", "refused"),
        ("ssh: connect to host 203.0.113.16 port 22: Connection timed out", "silent"),
        ("ssh: connect to host 203.0.113.16 port 22: No route to host", "unreachable"),
        ("No ED25519 host key is known for vps\nHost key verification failed.", "host-key"),
        ("admin@203.0.113.16: Permission denied (publickey).", "denied"),
        ("kex_exchange_identification: Connection closed by remote host", "closed"),
        ("Timeout, server 203.0.113.16 not responding.", "silent"),
        ("sudo: a password is required", "sudo"),
        ("sudo: interactive authentication is required", "sudo"),
        ("sudo: I'm sorry admin. I'm afraid I can't do that", "sudo"),
        ("bash: line 1: exec: python3: not found", "python"),
        ("", "failed"),
        ("something else", "failed"),
    ],
)
def test_what_ssh_says_is_taken_for_what_it_means(words: str, reason: str) -> None:
    found = trouble(words)

    assert found.reason == reason
    assert found.words


def test_a_login_shells_own_words_are_passed_over() -> None:
    told = _answer(["sh", "-c", """echo 'Welcome!'; echo '{"now": 2}'"""], {})

    assert told == {"now": 2}
    quoted = _answer(["sh", "-c", "echo 'This account is closed.'"], {})
    assert quoted == Unreached(reason="failed", words="This account is closed.")


def test_an_impatient_ssh_asks_nobody_and_keeps_the_rest_of_its_command() -> None:
    argv = impatient(["ssh", "-F", "/dev/null", "-o", "ConnectTimeout=10", "host"])

    assert argv.index("ConnectTimeout=4") < argv.index("ConnectTimeout=10")
    assert "BatchMode=yes" in argv
    assert argv[-5:] == ["-F", "/dev/null", "-o", "ConnectTimeout=10", "host"]


def test_the_program_holds_no_secret_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HCLOUD_TOKEN", "planted-token")

    assert os.environ["HCLOUD_TOKEN"] not in program(vps_request(operations()))


def test_blank_lines_beside_the_facts_are_sent_and_harm_nothing() -> None:
    found = ask_here({"trickle": [5, 0.001], "keys": ["/nowhere"]})

    assert not isinstance(found, Unreached), found
    assert found["keys"] == {"/nowhere": None}
    assert "moved" in found


def test_without_sudo_the_facts_are_told_as_who_we_are_from_any_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, script in {
        "id": "echo 1000",
        "sudo": "echo sudo: a password is required >&2; exit 1",
        "a checkout/python": f'exec "{sys.executable}" "$@"',
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "a checkout/python"))

    found = ask_here({"keys": ["/nowhere"]})

    assert not isinstance(found, Unreached), found
    assert found["keys"] == {"/nowhere": None}


def test_what_went_over_each_peers_line_is_the_difference_of_two_looks() -> None:
    before = {"a": {"sent": 10, "again": 1, "rtt_ms": 5.0}}
    after = {
        "a": {"sent": 30, "again": 2, "rtt_ms": 4.0},
        "b": {"sent": 7, "again": 0, "rtt_ms": 9.0},
    }

    assert moved(before, after) == {
        "a": {"sent": 20, "again": 1, "rtt_ms": 4.0},
        "b": {"sent": 7, "again": 0, "rtt_ms": 9.0},
    }
    assert moved(after, before)["a"]["sent"] == 0


def test_a_listeners_address_is_told_without_brackets_and_interface(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines = [
        'udp UNCONN 0 0 [fe80::5]%eth0:546 [::]:* users:(("systemd-network",pid=1,fd=2))',
        'tcp LISTEN 0 0 127.0.0.53%lo:53 0.0.0.0:* users:(("resolved",pid=1,fd=2))',
        "tcp LISTEN 0 0 *:80 *:*",
    ]
    monkeypatch.setattr(system, "run", lambda *_: "\n".join(lines))

    assert [(one["address"], one["port"], one["program"]) for one in system.listeners()] == [
        ("fe80::5", 546, "systemd-network"),
        ("127.0.0.53", 53, "resolved"),
        ("*", 80, ""),
    ]


@pytest.mark.parametrize(
    ("release", "mark", "wsl"),
    [
        ("6.6.87.2-microsoft-standard-WSL2", None, True),
        ("6.6.87-of-my-own", "run/WSL/1_interop", True),
        ("6.6.87-of-my-own", "proc/sys/fs/binfmt_misc/WSLInterop", True),
        ("6.1.0-18-amd64", None, False),
    ],
)
def test_a_wsl_is_known_by_the_marks_that_the_program_goes_by(
    tmp_path: Path, release: str, mark: str | None, *, wsl: bool
) -> None:
    for name, text in (("proc/sys/kernel/osrelease", release), (mark, "")):
        if name is not None:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)

    assert system.is_wsl(tmp_path) is wsl
    assert Machine(root=tmp_path).is_wsl is wsl
