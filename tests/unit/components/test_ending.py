"""A program that has become root's may not be ended by an ordinary user: nobody waits for it."""

import subprocess
import time
from collections.abc import Iterator

import pytest

from components.drift.asking import run
from components.drift.report import Unknown
from components.ending import end
from components.preflight.machine import run_program
from ops import sending

SLEEPS = ["sleep", "60"]
SOON = 10.0  # seconds; the program itself takes a minute


@pytest.fixture
def roots(monkeypatch: pytest.MonkeyPatch) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Every program is root's, and we are not; whom we tried to end."""
    tried: list[subprocess.Popen[bytes]] = []

    def refuse(child: "subprocess.Popen[bytes]") -> None:
        tried.append(child)
        raise PermissionError(1, "Operation not permitted")

    with monkeypatch.context() as patched:
        patched.setattr(subprocess.Popen, "kill", refuse)
        yield tried
    for child in tried:
        child.kill()
        child.wait()


def test_a_host_that_is_silent_as_root_is_unknown_and_not_waited_for(
    roots: list["subprocess.Popen[bytes]"],
) -> None:
    begun = time.monotonic()
    with pytest.raises(Unknown, match=r"no answer for 0\.3 s"):
        run(SLEEPS, "", silence=0.3)

    assert time.monotonic() - begun < SOON
    assert len(roots) == 1


def test_a_sudo_that_hangs_as_root_is_told_as_one_that_hangs(
    roots: list["subprocess.Popen[bytes]"],
) -> None:
    begun = time.monotonic()
    with pytest.raises(subprocess.TimeoutExpired) as caught:
        run_program(SLEEPS, seconds=0.3)

    assert caught.value.timeout == 0.3
    assert time.monotonic() - begun < SOON
    assert len(roots) == 1


def test_a_look_of_bin_ops_waits_for_no_sudo_that_hangs_as_root(
    roots: list["subprocess.Popen[bytes]"], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SESSION_SECONDS", 0.3)
    begun = time.monotonic()
    found = sending._answer(SLEEPS, {})

    assert isinstance(found, sending.Unreached)
    assert found.reason == "silent"
    assert time.monotonic() - begun < SOON
    assert len(roots) == 1


def test_what_may_be_ended_is_ended() -> None:
    child = subprocess.Popen(SLEEPS, stdout=subprocess.PIPE)
    end(child)

    assert child.returncode == -9
    assert child.stdout is not None
    assert child.stdout.closed


def test_a_program_that_ends_is_told_with_its_words() -> None:
    done = run_program(["sh", "-c", "cat; echo said; echo failed >&2; exit 3"])

    assert (done.returncode, done.stdout, done.stderr) == (3, "said\n", "failed\n")
    with pytest.raises(FileNotFoundError):
        run_program(["/no/such/program"])
