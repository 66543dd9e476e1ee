"""The scheduled task, exactly, and taken by what checks it as the Task Scheduler would."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from components.naming import StackName
from components.windows.interop import WSLG
from components.windows.start_task import render_task, task_action, task_name, task_version
from lab.windows import powershell, wsl_line
from lab.windows.drive import DISTRIBUTION, DISTRIBUTION_ID, USER_ID
from lab.windows.session import Refused
from lab.windows.task_check import check_task
from tests.unit.components.samples import OTHER_STACK, STACK

RENDERED = Path(__file__).parents[1] / "rendered"


def test_the_task_is_rendered_exactly() -> None:
    expected = (RENDERED / "wsl-task.xml").read_text(encoding="utf-8")

    assert render_task(STACK, DISTRIBUTION, DISTRIBUTION_ID, USER_ID, WSLG[0]) == expected


@pytest.mark.parametrize("wslg", [WSLG[0], None])
def test_the_task_scheduler_takes_it(wslg: str | None) -> None:
    text = render_task(STACK, DISTRIBUTION, DISTRIBUTION_ID, USER_ID, wslg)
    root = check_task(text.encode("utf-16"))

    names = {element.tag.rpartition("}")[2]: element.text for element in root.iter()}
    assert names["ExecutionTimeLimit"] == "PT0S"
    assert names["DisallowStartIfOnBatteries"] == names["StopIfGoingOnBatteries"] == "false"
    assert names["MultipleInstancesPolicy"] == "IgnoreNew"
    assert {"LogonTrigger", "EventTrigger"} <= set(names)
    # Modern Standby tells of its end in another way than sleep does.
    for resumed in ("Power-Troubleshooter'] and EventID=1]]", "Kernel-Power'] and EventID=507]]"):
        assert resumed in {select.text[-len(resumed) :] for select in selects(names)}


def test_what_ended_without_an_event_is_started_again_within_five_minutes_for_ever() -> None:
    text = render_task(STACK, DISTRIBUTION, DISTRIBUTION_ID, USER_ID, WSLG[0])
    root = check_task(text.encode("utf-16"))

    (again,) = (item for item in root.iter() if item.tag.endswith("}TimeTrigger"))
    # In the order of both pages that document it; one has Enabled first, one third.
    assert [item.tag.rpartition("}")[2] for item in again.iter()] == [
        *("TimeTrigger", "StartBoundary", "Repetition", "Interval")
    ]
    assert again[0].text == "2020-01-01T00:00:00"
    assert again[1][0].text == "PT5M"


def selects(names: dict[str, str | None]) -> list[Any]:
    return list(ET.fromstring(names["Subscription"] or "").iter("Select"))


def test_a_plain_name_and_a_number_are_what_both_programs_of_wsl_understand(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wsl_line, "DISTRIBUTION", "Ubuntu-24.04")

    for choice in ("--distribution Ubuntu-24.04", DISTRIBUTION_ID):
        wsl_line.check(task_action(choice, WSLG[0]).arguments, windowless=True)
        powershell.check(task_action(choice, None).arguments)
    with pytest.raises(Refused, match="no distribution"):
        powershell.check(task_action("--distribution Ubuntu", None).arguments)


def test_marks_of_xml_in_a_name_stay_text() -> None:
    text = render_task(STACK, "<box> & $HOME", DISTRIBUTION_ID, USER_ID, None)

    assert "<box>" not in text
    assert "&lt;box&gt; &amp; $HOME" in text


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
