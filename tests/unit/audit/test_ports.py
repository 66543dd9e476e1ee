"""What nmap's reports come to: a lost answer is asked for again, an open port stays told."""

from pathlib import Path

import pytest

from audit import figures
from audit.ports import LOOKS, audit_ports
from audit.reach import Deployment

SSH = "22/tcp open  ssh\n"
WEB = "80/tcp open  http\n"
NOTHING = "All 65535 scanned ports are in ignored states.\n"
TARGET = Deployment("none", "hetzner-1001", "203.0.113.16", "2001:db8::1", "debian-13")


@pytest.fixture(autouse=True)
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "BUILD", tmp_path)


def scanning(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """One answer after the other, the last again and again; what was asked."""
    asked: list[str] = []

    def on(_: Deployment, _host: str, script: str, *, check: bool = True) -> str:
        if "command -v" in script:
            return ""
        asked.append(script)
        return answers[min(len(asked), len(answers)) - 1]

    monkeypatch.setattr(Deployment, "on", on)
    return asked


def test_what_the_mode_needs_is_scanned_once_over_each_protocol(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = scanning(monkeypatch, SSH)

    assert [one.met for one in audit_ports(TARGET, "flexible")] == [True, True]
    assert len(asked) == 2


def test_a_lost_answer_is_asked_for_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = scanning(monkeypatch, NOTHING, SSH)

    assert [one.met for one in audit_ports(TARGET, "flexible")] == [True, True]
    assert len(asked) == 3


def test_a_port_that_stays_closed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = scanning(monkeypatch, NOTHING)

    assert [one.figure for one in audit_ports(TARGET, "flexible")] == ["none", "none"]
    assert len(asked) == 2 * LOOKS


def test_a_port_too_many_is_told_even_if_the_second_look_misses_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scanning(monkeypatch, WEB, SSH)

    first, _ = audit_ports(TARGET, "flexible")

    assert (first.met, first.figure) == (False, "22/tcp 80/tcp")
