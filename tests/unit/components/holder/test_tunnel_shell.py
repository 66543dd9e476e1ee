"""The tunnel's shell on the VPS: what it answers, when it opens the way, and when it ends."""

import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.unit.components.holder.shells import Shell, hurried, leads, until


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


def test_a_dead_connection_leaves_the_way_of_a_later_one_in_the_same_folder_alone(
    shell: Shell, home: Path
) -> None:
    shell.ask("serve 0a 1")
    shell.answer()
    until(home, None)  # its line is dead
    later = Shell(home)
    begun = time.monotonic()

    while time.monotonic() < begun + 4:  # two of the dead one's silences
        later.ask("serve 0a 1")
        later.answer()
        for _ in range(20):
            assert leads(home) == "0a"
            time.sleep(0.01)

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


def serve_for(seconds: float, one: Shell, folder: str) -> None:
    """Its line is well for so long."""
    deadline, number = time.monotonic() + seconds, 0
    while time.monotonic() < deadline:
        number += 1
        one.ask(f"serve {folder} {number}")
        assert one.answer() == f"serve {folder} {number}"
        time.sleep(0.1)


def test_a_silent_connection_ends_itself_while_another_one_serves_in_its_place(home: Path) -> None:
    script = hurried(home, silence=0.2, given_up=1)
    old, successor = Sshd(home, script), Sshd(home, script)
    old.ask("serve 0a 1")
    assert old.answer() == "serve 0a 1"

    serve_for(4.0, successor, "0b")

    assert old.process.wait(timeout=10) == -signal.SIGTERM
    assert leads(home) == "0b"
    successor.close()


def test_a_connection_that_drains_or_is_silent_alone_is_left_to_its_line(home: Path) -> None:
    script = hurried(home, silence=0.2, given_up=1)
    alone, drains, successor = (Sshd(home, script) for _ in range(3))
    alone.ask("serve 1a 1")
    assert alone.answer() == "serve 1a 1"

    deadline = time.monotonic() + 4
    while time.monotonic() < deadline:
        for one, line in ((successor, "serve 0b 1"), (drains, "drain 0a 1")):
            one.ask(line)
            assert one.answer() == line
        time.sleep(0.1)

    assert [one.process.poll() for one in (alone, drains)] == [None, None]
    for one in (alone, drains, successor):
        one.close()


@pytest.mark.parametrize("relieved", [False, True])
def test_a_silent_connection_whose_slot_goes_is_left_to_its_line(
    home: Path, *, relieved: bool
) -> None:
    script = hurried(home, silence=0.2, given_up=1)
    leaves, successor = Sshd(home, script), Sshd(home, script)
    for line in ("serve 0a 1", "drain 0a 2"):
        leaves.ask(line)
        assert leaves.answer() == line

    if relieved:
        serve_for(4.0, successor, "0b")
        assert leaves.process.wait(timeout=10) == -signal.SIGTERM
    else:
        with pytest.raises(subprocess.TimeoutExpired):
            leaves.process.wait(timeout=4)
        leaves.close()
    successor.close()
