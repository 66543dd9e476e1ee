"""The file that tells the tunnel's state."""

import json
from pathlib import Path

import pytest

from components.holder.report import State, StateFile

STATE = State("2 of 2 connections to the VPS", {"written": 1.0, "connections": []})


def test_the_state_is_written_where_everybody_may_read_it(tmp_path: Path) -> None:
    StateFile(str(tmp_path), print).write(STATE)

    (file,) = tmp_path.iterdir()
    assert json.loads(file.read_text())["status"] == STATE.line
    assert file.stat().st_mode & 0o777 == 0o644


def test_a_state_that_cannot_be_written_is_said_once_and_ends_nothing(tmp_path: Path) -> None:
    """With /run full the holder, and every stream with it, would end again and again."""
    said: list[str] = []
    folder = tmp_path / "later"
    file = StateFile(str(folder), said.append)
    file.write(STATE)
    file.write(STATE)

    assert said == [
        f"{folder}/state.json cannot be written: No such file or directory; the tunnel goes on"
    ]
    folder.mkdir()
    file.write(STATE)
    assert (folder / "state.json").exists()
    (folder / "state.json").unlink()
    folder.rmdir()
    file.write(STATE)
    assert len(said) == 2


def test_without_a_runtime_directory_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    StateFile("", print).write(STATE)

    assert list(tmp_path.iterdir()) == []
