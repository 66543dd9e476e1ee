"""The stand-in refuses what schtasks.exe refuses."""

from pathlib import Path

import pytest

from lab.windows import running, schtasks, wslpath
from lab.windows.session import Refused
from tests.unit.lab.windows.definitions import TASK


@pytest.fixture
def definition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "Tasks").mkdir()
    monkeypatch.setattr(schtasks, "TASKS", tmp_path / "Tasks")
    monkeypatch.setattr(wslpath, "DRIVE", tmp_path)
    monkeypatch.setattr(running, "RUNNING", tmp_path / "running")
    monkeypatch.setattr(running, "RELAY", "true")
    (tmp_path / "task.xml").write_bytes(TASK.encode("utf-16"))
    return "C:\\task.xml"


def ask(*args: str) -> str:
    return schtasks.answer(args).decode()


def test_a_task_is_created_shown_run_and_deleted(definition: str) -> None:
    assert "successfully been created" in ask("/Create", "/TN", "my task", "/XML", definition)
    assert "<LogonTrigger>" in ask("/query", "/tn", "my task", "/xml")
    assert ask("/Query") == "my task  N/A  Ready\r\n"
    assert "Attempted to run" in ask("/Run", "/TN", "my task")
    assert "terminated" in ask("/End", "/TN", "my task")
    assert "deleted" in ask("/Delete", "/TN", "my task", "/F")
    with pytest.raises(Refused, match="cannot find the file"):
        ask("/Query", "/TN", "my task", "/XML")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["/Make", "/TN", "a"], "Invalid argument/option"),
        (["/Delete", "/TN", "a", "/Force"], "Invalid argument/option - '/Force'"),
        (["/Delete", "/F"], "Mandatory option 'tn'"),
        (["/Query", "/XML"], "Mandatory option 'tn'"),
        (["/Delete", "/F", "/TN"], "Value expected for '/TN'"),
        (["/Delete", "/TN", "a", "/TN", "b"], "only '1' time"),
        (["/Run", "/TN", "no such"], "cannot find the file"),
        (["/Query", "/TN", "a:b"], "syntax is incorrect"),
        (["/Query", "/TN", " a"], "syntax is incorrect"),
    ],
)
def test_a_wrong_call_is_refused(definition: str, args: list[str], words: str) -> None:
    with pytest.raises(Refused, match=words):
        ask(*args)


def test_what_would_ask_a_question_is_refused(definition: str) -> None:
    ask("/Create", "/TN", "a", "/XML", definition)

    with pytest.raises(Refused, match="already exists"):
        ask("/Create", "/TN", "a", "/XML", definition)
    with pytest.raises(Refused, match="Are you sure"):
        ask("/Delete", "/TN", "a")
    ask("/Create", "/TN", "a", "/XML", definition, "/F")


def test_a_schedule_beside_xml_is_refused(definition: str) -> None:
    with pytest.raises(Refused, match="not allowed with /XML"):
        ask("/Create", "/TN", "a", "/XML", definition, "/SC", "ONLOGON")
