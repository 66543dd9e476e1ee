"""Malformed definitions are refused, each for its own mistake."""

import pytest

from lab.windows.drive import DISTRIBUTION_ID, USER_ID
from lab.windows.session import Refused
from lab.windows.task_check import check_task
from tests.unit.lab.windows.definitions import TASK


def changed(old: str, new: str) -> bytes:
    assert old in TASK
    return TASK.replace(old, new).encode("utf-16")


def test_a_good_one_is_taken() -> None:
    assert check_task(TASK.encode("utf-16")).get("version") == "1.2"


def test_another_encoding_than_it_says_is_refused() -> None:
    with pytest.raises(Refused, match="unable to switch encoding"):
        check_task(TASK.encode())


MISTAKES = {
    "another namespace": ("2004/02/mit/task", "2004/02/mit/tasks", "namespace"),
    "a version to come": ('version="1.2"', 'version="2.0"', "version:2.0"),
    "no action": ("Exec>", "Run>", "unexpected Run"),
    "an unknown trigger": ("LogonTrigger>", "ResumeTrigger>", "unexpected ResumeTrigger"),
    "an unknown setting": ("ExecutionTimeLimit>", "TimeLimit>", "unexpected TimeLimit"),
    "no duration": ("PT0S", "0", "ExecutionTimeLimit:0"),
    "a time without a day": ("2020-01-01T", "", "StartBoundary:00:00:00"),
    "no beginning": ("<StartBoundary>2020-01-01T00:00:00</StartBoundary>", "", "StartBoundary"),
    "a repetition of seconds": ("PT5M", "PT59S", "Interval:PT59S"),
    "a repetition of years": ("PT5M", "P32D", "Interval:P32D"),
    "a repetition that is none": ("PT5M", "5", "Interval:5"),
    "no interval": ("Interval>", "Duration>", "missing Interval"),
    "no truth": ("<Enabled>true", "<Enabled>yes", "Enabled:yes"),
    "no logon type": ("InteractiveToken", "Interactive", "LogonType:Interactive"),
    "another principal": ('Context="Author"', 'Context="Me"', "Context:Me"),
    "a query that is none": ("&lt;QueryList&gt;", "", "Subscription"),
    "a query without a channel": (' Path="System"', "", "Subscription"),
    "another user": (f"<UserId>{USER_ID}", "<UserId>S-1-5-18", "No mapping"),
    "everybody's logon": (f"<UserId>{USER_ID}</UserId><Delay>", "<Delay>", "Access is denied"),
    "an unknown parameter": ("-NoProfile", "-Hidden", "no parameter -Hidden"),
    "another distribution": (DISTRIBUTION_ID[1:9], "00000000", "no distribution"),
    "a name with blanks": (f"'{DISTRIBUTION_ID}'", "-d 'My Ubuntu 24.04'", "no distribution"),
    "a bare brace": (f"'{DISTRIBUTION_ID}'", DISTRIBUTION_ID, "a block of PowerShell"),
    "an unknown option": ("-e sleep", "--run sleep", "Invalid command line argument"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused(mistake: str) -> None:
    old, new, words = MISTAKES[mistake]

    with pytest.raises(Refused, match=words):
        check_task(changed(old, new))


def test_a_trigger_in_another_order_is_refused() -> None:
    user = f"<UserId>{USER_ID}</UserId>"

    with pytest.raises(Refused, match="the order is Enabled"):
        check_task(changed(f"<Enabled>true</Enabled>{user}", f"{user}<Enabled>true</Enabled>"))


def test_a_repetition_before_the_beginning_is_refused() -> None:
    begin = "<StartBoundary>2020-01-01T00:00:00</StartBoundary>"
    again = "<Repetition><Interval>PT5M</Interval></Repetition>"

    with pytest.raises(Refused, match="the order is Enabled"):
        check_task(changed(f"{begin}\n      {again}", f"{again}{begin}"))
