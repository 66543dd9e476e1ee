"""Where Windows is found, and what is said where it is not."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from components.windows.interop import InteropError, Windows, find_windows
from lab.windows.drive import DISTRIBUTION, DISTRIBUTION_ID, USER_ID
from tests.unit.components.windows.conftest import Desk


def test_a_session_of_a_window_finds_it_by_path_and_name(desk: Desk) -> None:
    environ = {"PATH": f"/usr/bin:{desk.system32}", "WSL_DISTRO_NAME": "Debian"}

    windows = find_windows(environ, desk.call)

    assert (windows.system32, windows.distribution) == (desk.system32, "Debian")
    assert desk.calls == []


def test_without_both_in_the_environment_it_is_found_all_the_same(desk: Desk) -> None:
    windows = find_windows({"PATH": "/usr/bin"}, desk.call)

    assert (windows.system32, windows.distribution) == (desk.system32, DISTRIBUTION)


def test_the_older_name_of_the_share_is_known_too(desk: Desk) -> None:
    def call(argv: Sequence[str], _: Path) -> "subprocess.CompletedProcess[bytes]":
        said = rb"\\wsl$\Debian 12" if argv[1] == "-w" else str(desk.system32).encode()
        return subprocess.CompletedProcess(argv, 0, said + b"\n", b"")

    assert find_windows({}, call).distribution == "Debian 12"


def test_a_machine_without_wslpath_is_no_wsl() -> None:
    def call(argv: Sequence[str], _: Path) -> "subprocess.CompletedProcess[bytes]":
        raise FileNotFoundError(2, "No such file or directory")

    with pytest.raises(InteropError, match="no session of WSL"):
        find_windows({}, call)


def test_a_drive_that_is_not_mounted_is_named(desk: Desk) -> None:
    (desk.system32 / "schtasks.exe").unlink()

    with pytest.raises(InteropError, match="is the Windows drive mounted"):
        find_windows({"WSL_DISTRO_NAME": "Debian"}, desk.call)


def test_user_profile_and_version_are_read_from_what_windows_prints(desk: Desk) -> None:
    windows = desk.windows()

    assert windows.user_id() == USER_ID
    assert windows.profile() == desk.profile
    assert windows.wsl_version() == (2, 6, 3)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-8"])
@pytest.mark.parametrize("first", ["WSL-Version: 2.6.3.0", "WSL バージョン: 2.6.3.0"])
def test_the_version_is_read_in_every_language_and_with_wsl_utf8(
    desk: Desk, codec: str, first: str
) -> None:
    desk.version = f"{first}\r\nKernel: 6.6.87.2-1\r\n".encode(codec)

    assert desk.windows().wsl_version() == (2, 6, 3)


def test_without_the_windows_drive_this_is_said(desk: Desk) -> None:
    def call(argv: Sequence[str], folder: Path) -> "subprocess.CompletedProcess[bytes]":
        if argv[0] == "wslpath":
            return subprocess.CompletedProcess(argv, 1, b"", f"wslpath: {argv[2]}\n".encode())
        return desk.call(argv, folder)

    with pytest.raises(InteropError, match=r"is the Windows drive mounted \(\[automount\]"):
        find_windows({"WSL_DISTRO_NAME": "Debian"}, call)
    windows = Windows(system32=desk.system32, distribution="Debian", call=call)
    with pytest.raises(InteropError, match=r"\(C:\\Users\\Speech User\) is not mounted here"):
        windows.profile()
    assert windows.wslg() is None


def test_a_profile_with_an_umlaut_and_an_ampersand_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "Jürgen"
    folder.mkdir()

    def call(argv: Sequence[str], _: Path) -> "subprocess.CompletedProcess[bytes]":
        home = "C:\\Users\\Jürgen & Söhne"
        if argv[0] == "wslpath":
            assert list(argv[1:]) == ["-u", home]
            return subprocess.CompletedProcess(argv, 0, f"{folder}\n".encode(), b"")
        said = f"USERPROFILE={home}\r\n".encode("utf-16-le")
        return subprocess.CompletedProcess(argv, 0, said, b"")

    assert Windows(system32=tmp_path, distribution="Debian", call=call).profile() == folder


def test_a_plain_name_is_told_and_another_one_is_looked_up_in_the_registry(desk: Desk) -> None:
    plain = Windows(system32=desk.system32, distribution="Ubuntu-24.04", call=desk.call)

    assert plain.choice() == "--distribution Ubuntu-24.04"
    assert desk.calls == []
    assert desk.windows().choice() == DISTRIBUTION_ID


def test_a_name_that_the_registry_does_not_have_is_said(desk: Desk) -> None:
    windows = Windows(system32=desk.system32, distribution="My Ubuntu", call=desk.call)

    with pytest.raises(InteropError, match=r"reg\.exe names no distribution My Ubuntu in HKCU"):
        windows.choice()


def test_a_task_that_is_not_there_is_told_from_a_task_scheduler_that_does_not_answer(
    desk: Desk,
) -> None:
    windows = desk.windows()
    assert windows.task("a") is None
    assert not windows.remove_task("a")

    desk.refuses = "/Query"
    for ask in (windows.task, windows.remove_task):
        with pytest.raises(InteropError) as caught:
            ask("a")
        assert "does not answer (schtasks.exe /Query ended with 1: ERROR:" in str(caught.value)
        assert "sc query Schedule" in str(caught.value)


def test_a_list_of_tasks_that_a_damaged_one_cuts_short_is_an_answer(tmp_path: Path) -> None:
    def call(argv: Sequence[str], _: Path) -> "subprocess.CompletedProcess[bytes]":
        said = b"" if "/TN" in argv else b"Another  N/A  Ready\r\n"
        return subprocess.CompletedProcess(argv, 1, said, b"ERROR: The task image is corrupt")

    assert Windows(system32=tmp_path, distribution="Debian", call=call).task("a") is None


def test_a_program_that_hangs_is_given_up(tmp_path: Path) -> None:
    def call(argv: Sequence[str], _: Path) -> "subprocess.CompletedProcess[bytes]":
        raise subprocess.TimeoutExpired(argv, 30)

    with pytest.raises(InteropError, match=r"whoami\.exe does not end"):
        Windows(system32=tmp_path, distribution="Debian", call=call).user_id()
