"""Windows keeps the WSL host running; the lab's stand-ins check what it is told.

Nothing here sleeps or stops: there is no Windows.
"""

from lab.windows.drive import DISTRIBUTION, DISTRIBUTION_ID, TASKS, USER_ID, WSLCONFIG
from tests.e2e import windows
from tests.e2e.harness import Lab
from tests.e2e.shipped import shipped

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
