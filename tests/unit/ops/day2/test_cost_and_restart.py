"""`bin/ops cost` and `bin/ops restart`."""

import os
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ops.day2 import restarting
from ops.day2.cost import costs
from ops.day2.looking import Subject
from ops.errors import OpsError
from ops.health.facts import Visit
from tests.unit.ops.health.support import STREAM, operations

TOLD = {
    "monthlyCost": {"amount": 5.49, "currency": "EUR", "source": "Hetzner Cloud API"},
    "server": {"size": "cx23", "region": "nbg1"},
    "operations": {"dns": "cloudflare"},
}


def test_the_price_is_the_one_told_at_the_last_up() -> None:
    server, domain, cloudflare = costs(TOLD)

    assert (server.item, server.amount, server.currency) == ("VPS (cx23, nbg1)", 5.49, "EUR")
    assert domain.amount == 1.0
    assert cloudflare.amount == 0.0


def test_a_machine_of_ones_own_has_no_price_and_dns_elsewhere_no_cloudflare() -> None:
    own = {"amount": None, "currency": "", "source": "the machine is yours"}
    server, *rest = costs({"monthlyCost": own, "operations": {"dns": "manual"}})

    assert (server.amount, server.source) == (None, "the machine is yours")
    assert [one.item for one in rest] == ["domain, if new"]


@pytest.fixture
def subject() -> Subject:
    return Subject(stack=None, outputs={}, operations=operations(), login=None)  # type: ignore[arg-type] # no stack, no login


def run_with(monkeypatch: pytest.MonkeyPatch, status: int, words: str = "") -> list[Any]:
    called: list[Any] = []

    def run(argv: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        called.append(argv)
        return subprocess.CompletedProcess(argv, status, "", words)

    monkeypatch.setattr(subprocess, "run", run)
    return called


def test_the_tunnel_is_restarted_here_and_waited_for(
    monkeypatch: pytest.MonkeyPatch, subject: Subject
) -> None:
    called = run_with(monkeypatch, 0)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    answers = iter([Visit(dns_error="silent"), Visit(stream=STREAM)])
    monkeypatch.setattr(restarting, "visit", lambda *_: next(answers))

    assert restarting.restart(subject, "tunnel") >= 0.2
    systemctl = ["systemctl", "restart", "vps-tunnel.service"]
    assert called == [["sudo", "-n", "timeout", "60.0", *systemctl]]


def test_a_restart_that_takes_too_long_is_told_though_roots_program_may_not_be_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, subject: Subject
) -> None:
    def denied(_child: Any, _signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    for name, script in {"sudo": 'shift; exec "$@"', "systemctl": "exec sleep 20"}.items():
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(subprocess.Popen, "send_signal", denied)
    monkeypatch.setattr(restarting, "SECONDS", 0.2)

    with pytest.raises(OpsError, match=r"within 0 s; look with: journalctl -u vps-tunnel"):
        restarting.restart(subject, "tunnel")


def test_what_does_not_restart_is_told_with_its_words_and_where_to_look(
    monkeypatch: pytest.MonkeyPatch, subject: Subject
) -> None:
    run_with(monkeypatch, 1, "nginx: [emerg] unknown directive")

    with pytest.raises(OpsError, match=r"unknown directive; look with: journalctl -u vps-tunnel"):
        restarting.restart(subject, "tunnel")


def test_a_service_that_stays_silent_ends_the_wait(
    monkeypatch: pytest.MonkeyPatch, subject: Subject
) -> None:
    run_with(monkeypatch, 0)
    monkeypatch.setattr(restarting, "BACK_SECONDS", 0.3)
    monkeypatch.setattr(restarting, "visit", lambda *_: Visit(dns_error="silent"))

    with pytest.raises(OpsError, match="does not answer"):
        restarting.restart(subject, "tunnel")


def test_the_wait_for_answers_begins_when_the_restart_has_ended(
    monkeypatch: pytest.MonkeyPatch, subject: Subject
) -> None:
    monkeypatch.setattr(restarting, "BACK_SECONDS", 0.4)
    monkeypatch.setattr(restarting, "_run", lambda *_: time.sleep(0.5))
    answers = iter([Visit(dns_error="silent"), Visit(stream=STREAM)])
    monkeypatch.setattr(restarting, "visit", lambda *_: next(answers))

    assert restarting.restart(subject, "tunnel") >= 0.7


def test_root_restarts_the_tunnel_without_sudo(
    monkeypatch: pytest.MonkeyPatch, subject: Subject
) -> None:
    called = run_with(monkeypatch, 0)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(restarting, "visit", lambda *_: Visit(stream=STREAM))

    restarting.restart(subject, "tunnel")

    assert called == [["timeout", "60.0", "systemctl", "restart", "vps-tunnel.service"]]


def test_where_a_program_is_missing_its_name_is_told(
    monkeypatch: pytest.MonkeyPatch, subject: Subject
) -> None:
    def run(argv: list[str], **_: Any) -> None:
        raise FileNotFoundError(2, "No such file or directory", argv[0])

    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(subprocess, "run", run)

    with pytest.raises(OpsError, match="there is no sudo here"):
        restarting.restart(subject, "tunnel")


def test_the_tunnel_of_another_machine_is_not_restarted_here(
    monkeypatch: pytest.MonkeyPatch, subject: Subject
) -> None:
    called = run_with(monkeypatch, 0)
    there = operations(machine_id="f" * 32, hostname="wsl")

    with pytest.raises(OpsError, match=r"the WSL host is wsl .*: run bin/ops restart tunnel there"):
        restarting.restart(replace(subject, operations=there), "tunnel")
    assert called == []


def test_a_broken_configuration_of_nginx_keeps_the_old_one_running() -> None:
    test, restart = restarting.NGINX.split("&&")

    assert "nginx -t" in test
    assert "restart" in restart
