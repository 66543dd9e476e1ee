"""A task of the lab's Windows holds the distribution as WSL does it."""

import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import run

import pytest

from components.windows.held import HOLDING, is_held
from lab import wsl
from lab.windows import running


@pytest.fixture(autouse=True)
def _a_task_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(running, "RUNNING", tmp_path / "running")
    monkeypatch.setattr(running, "RELAY", str(wsl.FILES / "wsl-relay.sh"))
    monkeypatch.setenv("HOME", str(tmp_path))
    yield
    running.end("a task")


def processes(tmp_path: Path, leader: str) -> Path:
    """What the task has started, as /proc shows it: labs beside this run hold theirs."""
    folder = tmp_path / f"proc-{time.monotonic_ns()}"
    folder.mkdir()
    group = run(["pgrep", "-g", leader], capture_output=True, text=True, check=False)
    for pid in group.stdout.split():
        (folder / pid).symlink_to(f"/proc/{pid}")
    return folder


def ends_as(tmp_path: Path, leader: str, *, held: bool) -> bool:
    """Whether the program comes to see it so."""
    deadline = time.monotonic() + 20
    while is_held(processes(tmp_path, leader)) != held:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_it_holds_until_it_is_ended_and_runs_once(tmp_path: Path) -> None:
    running.start("a task", HOLDING)
    leader = (tmp_path / "running/a task").read_text()
    assert ends_as(tmp_path, leader, held=True)

    running.start("a task", HOLDING)
    assert (tmp_path / "running/a task").read_text() == leader

    running.end("a task")
    assert ends_as(tmp_path, leader, held=False)


def test_with_a_profile_that_ends_the_shell_nothing_holds(tmp_path: Path) -> None:
    (tmp_path / ".bash_profile").write_text(f"touch {tmp_path}/read\nexit 1\n")

    running.start("a task", HOLDING)
    leader = (tmp_path / "running/a task").read_text()

    deadline = time.monotonic() + 20
    while not (tmp_path / "read").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert (tmp_path / "read").exists()
    assert ends_as(tmp_path, leader, held=False)
