"""A machine that has slept: a tick that comes late tells it, and no connection is believed."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from components.holder import __main__ as program


class Machine:
    """The pool and the clock: a tick takes as long as it is told; after the last comes SIGTERM."""

    def __init__(self, takes: Iterable[float]) -> None:
        self.now = 1000.0
        self.slots: tuple[Any, ...] = ()
        self.did: list[str] = []
        self._takes = iter(takes)

    def tick(self, _: float) -> None:
        self.did.append("tick")
        took = next(self._takes, None)
        if took is None:
            signal.raise_signal(signal.SIGTERM)
        else:
            self.now += took

    def doubt(self) -> None:
        self.did.append("doubt")

    def next_look(self, now: float) -> float:
        return now

    def end(self) -> None:
        self.did.append("end")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the holder is told, where no systemd listens."""
    for name in ("NOTIFY_SOCKET", "RUNTIME_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    config = {"directory": "/run/x", "connections": 1, "forwards": []}
    (tmp_path / "config.json").write_text(json.dumps(config))
    return tmp_path


def hold(machine: Machine, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the holder does on this machine, until SIGTERM."""
    monkeypatch.setattr(program, "Pool", lambda *_: machine)
    monkeypatch.setattr(program, "clock", lambda: machine.now)
    asyncio.run(program.hold(folder))
    return machine.did


@pytest.mark.parametrize(
    ("before", "now", "slept"),
    [(10.0, 10.1, False), (10.0, 12.0, False), (10.0, 12.1, True), (10.0, 36010.0, True)],
)
def test_a_tick_that_comes_two_seconds_late_is_sleep(
    before: float, now: float, *, slept: bool
) -> None:
    assert program.slept(before, now) is slept


def test_after_a_sleep_all_connections_are_doubted_at_once_and_that_is_said(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    did = hold(Machine([0.5, 2.0, 5.0, 0.5]), folder, monkeypatch)

    assert did[:5] == ["tick", "tick", "tick", "doubt", "tick"]
    assert did.count("doubt") == 1
    assert did[-1] == "end"
    assert "this machine stood still for 5 s: connecting anew\n" in capsys.readouterr().out


def test_while_nobody_reads_the_journal_the_tunnel_goes_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With journald stopped, or ended for want of memory, each line of ours is refused."""
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w", encoding="utf-8") as journal:  # noqa: PTH123 - a pipe has no path
        monkeypatch.setattr(sys, "stdout", journal)
        did = hold(Machine([5.0, 0.5, 5.0]), folder, monkeypatch)
        monkeypatch.undo()
        with pytest.raises(BrokenPipeError):
            journal.close()  # it has what was said

    assert (did.count("doubt"), did[-1]) == (2, "end")


def test_a_machine_that_is_awake_keeps_its_connections(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    did = hold(Machine([0.5] * 5), folder, monkeypatch)

    assert did.count("tick") > 5
    assert "doubt" not in did
    assert "stood still" not in capsys.readouterr().out


def test_its_clock_also_counts_while_the_machine_is_suspended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clocks = {time.CLOCK_BOOTTIME: 7.0, time.CLOCK_MONOTONIC: 5.0}
    monkeypatch.setattr(time, "clock_gettime", clocks.__getitem__)

    assert program.clock() == 7.0
