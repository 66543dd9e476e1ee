"""Windows keeps the WSL host running; the lab's stand-ins check what it is told.

Nothing here sleeps or stops: there is no Windows. What its task starts in the distribution is real.
"""

import json

from lab.windows.drive import (
    DISTRIBUTION,
    DISTRIBUTION_ID,
    SYSTEM32,
    TASKS,
    USER_ID,
    WSLCONFIG,
)
from tests.e2e import windows
from tests.e2e.harness import Lab
from tests.e2e.shipped import shipped
from tests.e2e.waiting import until

TASK = f"vps-reverse-proxy dev {DISTRIBUTION}"


def test_up_sets_the_time_outs_and_registers_a_task_for_a_name_with_spaces(deployed: Lab) -> None:
    kept = WSLCONFIG.replace("60000", "-1") + "[general]\r\ninstanceIdleTimeout=-1\r\n"
    assert windows.config(deployed) == kept
    assert windows.left(deployed) == [".vps-reverse-proxy", ".wslconfig", TASK]
    assert deployed.outputs()["keepAlive"]["distribution"] == DISTRIBUTION

    script = f"iconv -f utf-16 -t utf-8 '{TASKS}/{TASK}'"
    task = deployed.sh("wsl", script).text
    assert "<Command>C:\\Program Files\\WSL\\wslg.exe</Command>" in task
    assert f"<Arguments>{DISTRIBUTION_ID} --cd &#34;~&#34; -- sleep infinity</Arguments>" in task
    assert task.count(f"<UserId>{USER_ID}</UserId>") == 2
    asked = windows.calls(deployed)
    assert ["schtasks.exe", "/Run", "/TN", TASK] in asked
    backup = "/mnt/c/Users/*/.vps-reverse-proxy/wslconfig.backup"
    assert deployed.sh("wsl", f"cat {backup}").text == WSLCONFIG


def test_a_task_that_holds_nothing_is_found_by_doctor_whose_line_starts_it_again(
    deployed: Lab,
) -> None:
    # Without the five minutes after which Windows would start it again.
    deployed.sh("wsl", "systemctl stop windows-tasks.timer; pkill -x -f 'sleep infinity'")
    try:
        found = json.loads(deployed.typed("bin/ops", "doctor", "--json").text)
        (finding,) = (one for one in found if one["check"] == "WSL's sleep")
        told = "the scheduled task is there, but does not hold this distribution"
        assert (finding["level"], finding["evidence"]) == ("warning", told)

        line = finding["remedy"].partition(",")[0]
        typed = deployed.typed("env", f"PATH={SYSTEM32}:/usr/bin:/bin", "bash", "-c", line)
        assert typed.code == 0, typed.text
        until(lambda: held(deployed), seconds=60, what="the task holds the distribution")
    finally:
        deployed.sh("wsl", "systemctl start windows-tasks.timer")


def test_windows_holds_the_distribution_again_after_it_was_started_anew(deployed: Lab) -> None:
    deployed.reboot("wsl")

    until(lambda: held(deployed), seconds=60, what="the task holds the distribution")
    deployed.wait_serving()


def held(lab: Lab) -> bool:
    """Whether what the task starts runs in the distribution."""
    return lab.sh("wsl", "pgrep -x -f 'sleep infinity'", check=False).code == 0


def test_from_a_session_without_a_way_to_windows_nothing_of_it_changes(deployed: Lab) -> None:
    before = windows.config(deployed), windows.left(deployed)

    with windows.silence(deployed):
        shown = deployed.pulumi("preview", "--expect-no-changes").text

    assert "/etc/wsl.conf says [interop] enabled=false" in shown
    assert "What keeps WSL running stays as it is" in shown
    assert (windows.config(deployed), windows.left(deployed)) == before


def test_switched_off_only_our_keys_go_and_without_windows_up_says_what_to_do_by_hand(
    deployed: Lab,
) -> None:
    lab = deployed
    lab.sh("wsl", "printf 'autoProxy=true\\r\\n' >>/mnt/c/Users/*/.wslconfig")  # below ours
    try:
        lab.configure({**shipped(), "wsl": {"keep_alive": False}})
        lab.up()
        assert windows.config(lab) == WSLCONFIG + "[general]\r\nautoProxy=true\r\n"
        assert windows.left(lab) == [".wslconfig"]

        lab.configure(shipped())
        with windows.silence(lab):
            told = lab.up().text
        assert f'CurrentVersion\\Run /v "{TASK}" /d "wsl.exe' in told
        assert windows.left(lab) == [".wslconfig"]
    finally:
        lab.configure(shipped())
        lab.sh("wsl", "sed -i '/general/,$d' /mnt/c/Users/*/.wslconfig")

    lab.up()
    assert windows.left(lab) == [".vps-reverse-proxy", ".wslconfig", TASK]
