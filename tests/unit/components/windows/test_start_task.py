"""The scheduled task, exactly, and taken by what checks it as the Task Scheduler would."""

from pathlib import Path

import pytest

from components.naming import StackName
from components.windows.interop import WSLG
from components.windows.start_task import render_task, task_action, task_name, task_version
from lab.windows import powershell, wsl_exe
from lab.windows.command_line import split_words
from lab.windows.drive import DISTRIBUTION, USER_ID
from lab.windows.session import Refused
from lab.windows.task_check import check_task
from tests.unit.components.samples import OTHER_STACK, STACK

RENDERED = Path(__file__).parents[1] / "rendered"


def test_the_task_is_rendered_exactly() -> None:
    expected = (RENDERED / "wsl-task.xml").read_text(encoding="utf-8")

    assert render_task(STACK, DISTRIBUTION, USER_ID, WSLG[0]) == expected


@pytest.mark.parametrize("wslg", [WSLG[0], None])
def test_the_task_scheduler_takes_it(wslg: str | None) -> None:
    root = check_task(render_task(STACK, DISTRIBUTION, USER_ID, wslg).encode("utf-16"))

    names = {element.tag.rpartition("}")[2]: element.text for element in root.iter()}
    assert names["ExecutionTimeLimit"] == "PT0S"
    assert names["DisallowStartIfOnBatteries"] == names["StopIfGoingOnBatteries"] == "false"
    assert names["MultipleInstancesPolicy"] == "IgnoreNew"
    assert {"LogonTrigger", "EventTrigger"} <= set(names)
    assert "Microsoft-Windows-Power-Troubleshooter" in (names["Subscription"] or "")


def test_a_name_with_spaces_is_one_word_for_wsl() -> None:
    wsl_exe.check(split_words(task_action("My Ubuntu 24.04", WSLG[0]).arguments))
    powershell.check(task_action("My Ubuntu 24.04", None).arguments)

    with pytest.raises(Refused, match="no distribution"):
        powershell.check(task_action("My Ubuntu", None).arguments)


def test_a_name_with_marks_of_xml_and_shells_stays_one_word() -> None:
    name = "Ada's <box> & $HOME"

    assert "'Ada''s <box> & $HOME'" in task_action(name, None).arguments
    assert "<box>" not in render_task(STACK, name, USER_ID, None)


def test_no_two_stacks_or_distributions_share_a_task() -> None:
    names = {
        task_name(stack, distribution)
        for stack in (STACK, OTHER_STACK, StackName(project="vps-reverse-proxy", stack="Dev"))
        for distribution in ("Debian", "My Ubuntu 24.04")
    }

    assert len(names) == 6
    assert "vps-reverse-proxy dev My Ubuntu 24.04" in names


def test_a_name_that_windows_refuses_is_made_one_that_it_takes() -> None:
    assert task_name(STACK, 'a/b:"c"') == "vps-reverse-proxy dev a_b__c_"


def test_another_definition_has_another_version() -> None:
    assert task_version(STACK, "Debian") != task_version(STACK, "Ubuntu")
    assert len(task_version(STACK, "Debian")) == 12
