"""What a line is told to do."""

import subprocess
from pathlib import Path

import pytest

from lab import links
from lab.line import Line, LinkError


def test_a_line_is_five_milliseconds_each_way_unless_told_otherwise() -> None:
    assert Line().request(0) == "set 0 5000 0 0 0 1000 0 0"


def test_a_request_is_in_the_units_of_the_emulator() -> None:
    line = Line(
        delay_ms=40.5, jitter_ms=2, loss=0.015, rate_mbit=2.5, queue_packets=10_000, down=True
    )
    assert line.request(1) == "set 1 40500 2000 15000 2500000 10000 0 1"


@pytest.mark.parametrize("loss", [-0.1, 1.5])
def test_a_loss_that_is_no_share_is_refused(loss: float) -> None:
    with pytest.raises(LinkError, match="share from 0 to 1"):
        Line(loss=loss)


def test_a_negative_delay_is_refused() -> None:
    with pytest.raises(LinkError, match="delay_ms -1"):
        Line(delay_ms=-1)


def test_a_line_of_a_lab_that_is_not_up_cannot_be_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(LinkError, match="bin/lab --lab nolab up"):
        links.set_link("nolab", "home", delay_ms=1)


def test_the_emulator_compiles_once_and_says_how_it_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    binary = links.ensure_binary()
    built = binary.stat().st_mtime_ns
    assert links.ensure_binary().stat().st_mtime_ns == built
    usage = subprocess.run([binary], capture_output=True, text=True, check=False)
    assert usage.returncode == 2
    assert "NETNS_A DEVICE_A" in usage.stderr
