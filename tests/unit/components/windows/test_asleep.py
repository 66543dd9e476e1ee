"""What a doctor says of a WSL that is about to stop."""

from dataclasses import replace

from components.windows.asleep import Facts, look, sleep_findings
from components.windows.idle_timeouts import INSTANCE, VM
from tests.unit.components.samples import STACK
from tests.unit.components.windows.conftest import Desk

KEPT = {INSTANCE: "-1", VM: "-1"}
PROJECT = "vps-reverse-proxy"
TASK = "vps-reverse-proxy dev Ubuntu"
HELD = Facts(settings=KEPT, wsl_version=(2, 6, 3), task=TASK, held=True)


def test_a_wsl_that_is_kept_gives_no_finding() -> None:
    assert sleep_findings(HELD, PROJECT) == []


def test_a_task_that_holds_nothing_is_named_with_the_line_that_starts_it() -> None:
    (finding,) = sleep_findings(replace(HELD, held=False), PROJECT)

    assert finding.evidence.endswith("does not hold this distribution")
    assert f'schtasks.exe /Run /TN "{TASK}"' in finding.remedy


def test_each_thing_that_is_missing_is_named_with_what_puts_it_back() -> None:
    facts = replace(HELD, settings={VM: "60000"}, task="", held=False)

    found = sleep_findings(facts, PROJECT)

    assert [item.evidence.split(":")[0] for item in found] == [
        "no scheduled task starts this distribution and holds it",
        ".wslconfig has general.instanceIdleTimeout not set",
        ".wslconfig has wsl2.vmIdleTimeout 60000",
    ]
    assert all("wsl.keep_alive true && pulumi up" in item.remedy for item in found)


def test_an_old_wsl_is_named() -> None:
    facts = replace(HELD, settings={VM: "-1"}, wsl_version=(2, 3, 26))

    (finding,) = sleep_findings(facts, PROJECT)

    assert "wsl --update" in finding.remedy


def test_a_windows_that_cannot_be_called_is_said_to_be_silent(desk: Desk) -> None:
    desk.silent = True

    (finding,) = sleep_findings(look(desk.windows, STACK), PROJECT)

    assert "Exec format error" in finding.evidence


def test_looking_changes_nothing(desk: Desk) -> None:
    desk.config.write_bytes(b"[WSL2]\r\nvmidletimeout=5\r\n")

    facts = look(desk.windows, STACK)

    assert facts == Facts(settings={VM: "5"}, wsl_version=(2, 6, 3), task="", held=False)
    assert [path.name for path in desk.profile.iterdir()] == [".wslconfig"]
