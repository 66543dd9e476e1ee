"""Whether Windows is told to keep WSL running, and what a person is told where it cannot be."""

from pathlib import Path

import pytest

from components.preflight import inspect_machine
from settings import Settings
from tests.unit.preflight_support import MACHINE_ID, Fake
from tests.unit.settings_support import HCLOUD

OWNER = "vps-reverse-proxy/dev"
SETTINGS = Settings.model_validate({"server": HCLOUD})
OFF = Settings.model_validate({"server": HCLOUD, "wsl": {"keep_alive": False}})
SAME = {"machineId": MACHINE_ID, "hostname": "wsl"}
OTHER = {"machineId": "f" * 32, "hostname": "desk"}
KEPT = {"distribution": "Old Debian", "task": "a task", "note": ""}


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    return Fake(root=tmp_path)


def test_a_wsl_host_is_kept_running_by_its_name_in_windows(fake: Fake) -> None:
    found = inspect_machine(SETTINGS, OWNER, None, dry_run=False, machine=fake.machine())

    assert (found.distribution, found.warnings) == ("My Ubuntu 24.04", ())


def test_what_up_could_not_write_in_windows_is_refused_before_anything_is_changed(
    fake: Fake,
) -> None:
    fake.write("mnt/c/Users/me/.wslconfig", "[wsl2]\nkernelCommandLine = quiet \\")

    found = inspect_machine(SETTINGS, OWNER, None, dry_run=True, machine=fake.machine())

    (problem,) = found.problems
    assert "mnt/c/Users/me/.wslconfig: its last line ends with a backslash" in problem
    assert problem.endswith("pulumi config set --path vps-reverse-proxy:wsl.keep_alive false")


def test_a_user_whose_windows_folder_is_on_a_drive_that_is_not_mounted_is_told_in_the_preview(
    fake: Fake,
) -> None:
    fake.remove("mnt/c/Users/me")

    found = inspect_machine(SETTINGS, OWNER, None, dry_run=True, machine=fake.machine())

    (warning,) = found.warnings
    assert found.distribution is None
    assert "the user's Windows folder (C:\\Users\\me) is not mounted here" in warning
    assert "In Windows, add to %UserProfile%\\.wslconfig" in warning


def test_another_machine_than_wsl_asks_nothing_of_windows(fake: Fake) -> None:
    fake.write("proc/sys/kernel/osrelease", "6.1.0-18-amd64")
    fake.windows = FileNotFoundError(2, "No such file")

    found = inspect_machine(SETTINGS, OWNER, None, dry_run=False, machine=fake.machine())

    assert (found.distribution, found.warnings) == (None, ())


def test_switched_off_windows_is_not_asked(fake: Fake) -> None:
    fake.windows = OSError(8, "Exec format error")

    found = inspect_machine(OFF, OWNER, SAME, dry_run=False, kept=KEPT, machine=fake.machine())

    assert (found.distribution, found.warnings) == (None, ())


def test_where_windows_cannot_be_called_the_run_goes_on_with_the_lines_to_do_by_hand(
    fake: Fake,
) -> None:
    fake.windows = OSError(8, "Exec format error")
    fake.write("etc/wsl.conf", "[boot]\nsystemd=true\n[interop]\nenabled = false # safer\n")

    found = inspect_machine(SETTINGS, OWNER, None, dry_run=False, machine=fake.machine())

    (warning,) = found.warnings
    assert (found.distribution, found.problems) == (None, ())
    assert "Exec format error (/etc/wsl.conf says [interop] enabled=false)" in warning
    assert "  [general]\n  instanceIdleTimeout=-1\n  [wsl2]\n  vmIdleTimeout=-1\n" in warning
    assert '/v "vps-reverse-proxy dev My Ubuntu 24.04" /d "wsl.exe {NUMBER} --exec' in warning
    assert "  reg query HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Lxss /s" in warning
    assert "pulumi config set --path vps-reverse-proxy:wsl.keep_alive false" in warning


def test_a_kernel_that_lost_windows_programs_is_named(fake: Fake) -> None:
    fake.windows = OSError(8, "Exec format error")

    (warning,) = inspect_machine(
        SETTINGS, OWNER, None, dry_run=False, machine=fake.machine()
    ).warnings

    assert "WSLInterop is not registered in /proc/sys/fs/binfmt_misc" in warning


@pytest.mark.parametrize("name", ["WSLInterop", "WSLInterop-late"])
def test_a_session_without_a_way_to_windows_is_named(fake: Fake, name: str) -> None:
    fake.write(f"proc/sys/fs/binfmt_misc/{name}", "enabled\n")
    fake.windows = 1

    (warning,) = inspect_machine(
        SETTINGS, OWNER, None, dry_run=False, machine=fake.machine()
    ).warnings

    assert "WSL_INTEROP is not set, as in sessions by ssh, cron or sudo" in warning


def test_a_way_to_windows_that_is_gone_is_named(fake: Fake) -> None:
    fake.write("proc/sys/fs/binfmt_misc/WSLInterop", "enabled\n")
    fake.environ["WSL_INTEROP"] = "/run/WSL/77_interop"
    fake.windows = 1

    (warning,) = inspect_machine(
        SETTINGS, OWNER, None, dry_run=False, machine=fake.machine()
    ).warnings

    assert "(/run/WSL/77_interop, which WSL_INTEROP names, is gone, as in tmux" in warning


def test_from_such_a_session_what_keeps_wsl_running_stays(fake: Fake) -> None:
    fake.windows = 1

    found = inspect_machine(SETTINGS, OWNER, SAME, dry_run=False, kept=KEPT, machine=fake.machine())

    assert found.distribution == "Old Debian"
    assert "What keeps WSL running stays as it is" in found.warnings[0]


def test_a_preview_elsewhere_shows_the_recorded_one(fake: Fake) -> None:
    found = inspect_machine(SETTINGS, OWNER, OTHER, dry_run=True, kept=KEPT, machine=fake.machine())

    assert found.distribution == "Old Debian"


def test_a_new_host_does_not_take_the_old_ones_for_its_own(fake: Fake) -> None:
    adopting = Settings.model_validate({"server": HCLOUD, "tunnel": {"adopt_host": True}})
    fake.windows = 1

    found = inspect_machine(
        adopting, OWNER, OTHER, dry_run=False, kept=KEPT, machine=fake.machine()
    )

    assert found.distribution is None
    assert 'if it has another Windows, there: schtasks /Delete /TN "a task" /F' in found.warnings[0]
    assert "%UserProfile%\\.wslconfig these lines" in found.warnings[0]
    assert "\n  vmIdleTimeout=-1" in found.warnings[0]
