"""The tunnel's shell on the VPS: what it answers, when it opens the way, and when it ends."""

import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.unit.components.holder.shells import PATIENT, Shell, hurried, leads, until


def test_a_question_comes_back_and_opens_the_way(shell: Shell, home: Path) -> None:
    shell.ask("serve 0a 1")

    assert shell.answer() == "serve 0a 1"
    assert leads(home) == "0a"


def test_the_way_is_closed_while_no_questions_come(shell: Shell, home: Path) -> None:
    shell.ask("serve 0a 1")
    shell.answer()

    until(home, None)

    shell.ask("serve 0a 2")
    assert shell.answer() == "serve 0a 2"
    assert leads(home) == "0a"


def test_the_way_is_closed_when_the_connection_ends(shell: Shell, home: Path) -> None:
    shell.ask("serve 0a 1")
    shell.answer()
    shell.close()

    assert leads(home) is None


def test_a_connection_that_was_relieved_leaves_the_way_of_its_successor_alone(
    shell: Shell, home: Path
) -> None:
    successor = Shell(home)
    shell.ask("serve 0a 1")
    shell.answer()
    successor.ask("serve 0b 1")
    successor.answer()
    assert leads(home) == "0b"

    shell.ask("drain 0a 2")
    assert shell.answer() == "drain 0a 2"
    shell.close()

    assert leads(home) == "0b"
    successor.close()


def test_the_way_comes_back_from_a_try_that_ends_at_that_moment(shell: Shell, home: Path) -> None:
    """The serving connection asks for it as the holder gives the try up: whichever comes first."""
    shell.ask("serve 0a 1")
    shell.answer()
    for number in range(2, 22):
        given_up = Shell(home)
        given_up.ask("serve 0b 1")
        given_up.answer()
        assert leads(home) == "0b"
        if number % 2:
            shell.ask(f"serve 0a {number}")
            given_up.end()
        else:
            given_up.end()
            shell.ask(f"serve 0a {number}")
        shell.answer()
        assert given_up.process.wait(timeout=10) == 0
        assert leads(home) == "0a", number


def test_a_dead_connection_leaves_the_way_of_a_later_one_in_the_same_folder_alone(
    home: Path,
) -> None:
    dead = Shell(home, script=hurried(home, silence=0.2))
    dead.ask("serve 0a 1")
    dead.answer()
    until(home, None)  # its line is dead
    later = Shell(home, script=hurried(home, silence=PATIENT))
    later.ask("serve 0a 1")
    later.answer()
    begun = time.monotonic()

    while time.monotonic() < begun + 1:  # five of the dead one's silences
        assert leads(home) == "0a"
        time.sleep(0.01)

    assert dead.process.poll() is None
    dead.close()
    later.close()


@pytest.mark.parametrize(
    "line",
    [
        "serve ../x 1",
        "serve 0c 1",
        "serve 100a 1",
        "run 0a 1",
        "serve 0a $(touch x)",
        "serve 0a 1; touch x",
        "",
    ],
)
def test_what_is_no_question_gets_no_answer_and_does_nothing(
    shell: Shell, home: Path, line: str
) -> None:
    shell.ask(line)
    shell.ask("serve 1a 2")

    assert shell.answer() == "serve 1a 2"
    assert leads(home) is None
    assert sorted(path.name for path in (home / "run").iterdir()) == ["0a", "0b", "1", "1a", "1b"]


def test_a_line_without_an_end_is_read_in_pieces_and_means_nothing(
    shell: Shell, home: Path
) -> None:
    shell.ask("serve 0a 1" * 1000)
    shell.ask("serve 1a 2")

    assert shell.answer() == "serve 1a 2"


def test_what_the_caller_asks_for_is_not_run(home: Path) -> None:
    one = Shell(home, "-c", f"touch {home}/ran")
    one.ask("serve 0a 1")
    one.answer()
    one.close()

    assert not (home / "ran").exists()


class Sshd(Shell):
    """A shell with a parent of its own, as sshd is: what ends the one ends the other."""

    def __init__(self, home: Path, script: Path) -> None:
        self.process = subprocess.Popen(
            ["bash", "-c", 'bash -p "$0"; echo "lived on"', str(script)],
            env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )


def test_a_silent_connection_ends_itself_while_another_one_serves_in_its_place(home: Path) -> None:
    old = Sshd(home, hurried(home, silence=0.2, given_up=1))
    successor = Sshd(home, hurried(home, silence=PATIENT))
    for one, line in ((old, "serve 0a 1"), (successor, "serve 0b 1")):
        one.ask(line)
        assert one.answer() == line

    assert old.process.wait(timeout=10) == -signal.SIGTERM
    assert leads(home) == "0b"
    successor.close()


def test_a_connection_that_drains_or_is_silent_alone_is_left_to_its_line(home: Path) -> None:
    hasty = hurried(home, silence=0.2, given_up=2)
    alone, drains = Sshd(home, hasty), Sshd(home, hasty)
    successor = Sshd(home, hurried(home, silence=PATIENT))
    for one, line in ((alone, "serve 1a 1"), (successor, "serve 0b 1")):
        one.ask(line)
        assert one.answer() == line

    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        drains.ask("drain 0a 1")
        assert drains.answer() == "drain 0a 1"
        time.sleep(0.1)

    assert [one.process.poll() for one in (alone, drains)] == [None, None]
    for one in (alone, drains, successor):
        one.close()


@pytest.mark.parametrize("relieved", [False, True])
def test_a_silent_connection_whose_slot_goes_is_left_to_its_line(
    home: Path, *, relieved: bool
) -> None:
    leaves = Sshd(home, hurried(home, silence=0.2, given_up=1))
    successor = Sshd(home, hurried(home, silence=PATIENT))
    for line in ("serve 0a 1", "drain 0a 2"):
        leaves.ask(line)
        assert leaves.answer() == line

    if relieved:
        successor.ask("serve 0b 1")
        assert successor.answer() == "serve 0b 1"
        assert leaves.process.wait(timeout=10) == -signal.SIGTERM
    else:
        with pytest.raises(subprocess.TimeoutExpired):
            leaves.process.wait(timeout=4)
        leaves.close()
    successor.close()
