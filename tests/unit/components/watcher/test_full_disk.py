"""A state folder that cannot be written: whoever wants to know of trouble is told all the same."""

import json
from pathlib import Path
from typing import Any

import pytest

from components.watcher import rounds
from components.watcher.config import Config, load
from components.watcher.files import replace
from tests.unit.components.watcher.receiver import Receiver
from tests.unit.components.watcher.test_watching import CONFIG


@pytest.fixture
def config(receiver: Receiver, tmp_path: Path) -> Config:
    """Nothing that it looks at is there, and the receiver hears of that in the first round."""
    file = tmp_path / "config.json"
    file.write_text(json.dumps({**CONFIG, "patience": 0, "webhook": receiver.url}))
    (tmp_path / "run").mkdir()
    return load(file)


def status(tmp_path: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((tmp_path / "run/status.json").read_text())
    return read


def told(receiver: Receiver) -> list[str]:
    return [json.loads(body)["incident"] for _, _, body in receiver.taken]


def test_a_state_folder_that_cannot_be_written_silences_nobody(
    config: Config, receiver: Receiver, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = tmp_path / "state"
    watch = rounds.Watch(config, run=tmp_path / "run", state=state)
    for _ in range(2):
        watch.round()

    assert told(receiver) == ["tunnel"]
    now = status(tmp_path)
    assert now["services"]["asr"]["day"] == {"checks": 2, "failed": 2}
    assert [incident["key"] for incident in now["incidents"]] == ["tunnel"]
    said = [line for line in capsys.readouterr().err.splitlines() if "cannot be written" in line]
    assert [line.partition(" ")[0] for line in said] == [
        str(state / name) for name in ("history.jsonl", "seen", "outbox.json")
    ]


def test_what_was_kept_in_memory_is_written_once_the_folder_can_be_written(
    config: Config, receiver: Receiver, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = tmp_path / "state"
    watch = rounds.Watch(config, run=tmp_path / "run", state=state)
    for _ in range(2):
        watch.round()
    state.mkdir()
    for _ in range(2):
        watch.round()

    assert len((state / "history.jsonl").read_text().splitlines()) == 4
    (incident,) = json.loads((state / "incidents.json").read_text())
    assert (incident["key"], incident["told"]) == ("tunnel", True)
    assert capsys.readouterr().out.count("can be written again") == 3
    rounds.Watch(config, run=tmp_path / "run", state=state).round()
    assert told(receiver) == ["tunnel"]


def test_a_run_folder_that_cannot_be_written_silences_no_alert(
    config: Config, receiver: Receiver, tmp_path: Path
) -> None:
    rounds.Watch(config, run=tmp_path / "none", state=tmp_path).round()

    assert told(receiver) == ["tunnel"]


def test_news_that_could_get_lost_are_rather_told_twice(
    config: Config, receiver: Receiver, tmp_path: Path
) -> None:
    (tmp_path / "outbox.json").mkdir()
    for _ in range(2):
        rounds.Watch(config, run=tmp_path / "run", state=tmp_path).round()

    assert told(receiver) == ["tunnel", "tunnel"]


def test_a_file_that_cannot_be_replaced_stays_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()
    with pytest.raises(OSError, match="directory"):
        replace(tmp_path / "file", "text")

    assert [path.name for path in tmp_path.iterdir()] == ["file"]
