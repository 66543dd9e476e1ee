"""The other stand-ins, and the way to Windows that all of them need."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from lab.windows import cmd, reg, session, whoami, wsl_exe, wslpath
from lab.windows.drive import DISTRIBUTION_ID
from lab.windows.session import Refused, stand_in


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(session, "CALLS", tmp_path / "calls")
    socket = tmp_path / "1_interop"
    socket.touch()
    monkeypatch.setenv("WSL_INTEROP", str(socket))
    return tmp_path / "calls"


def test_a_call_is_written_down(log: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert stand_in("whoami.exe", ["/user"], lambda _: b"me") == 0

    assert json.loads(log.read_text())["args"] == ["/user"]
    assert capfdbinary.readouterr().out == b"me"


def test_a_session_of_sudo_reaches_no_windows(
    log: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("WSL_INTEROP")

    assert stand_in("whoami.exe", [], lambda _: b"me") == 1
    assert "UtilConnectToInteropServer" in capsys.readouterr().err
    assert not log.exists()


def test_cmd_echoes_a_variable_in_unicode_when_asked() -> None:
    home = "C:\\Users\\Speech User\r\n"

    assert cmd.answer(["/d", "/u", "/c", "echo", "%USERPROFILE%"]).decode("utf-16-le") == home
    assert cmd.answer(["/C", "echo", "%userprofile%"]).decode() == home
    assert cmd.answer(["/c", "set", "userprofile"]).decode() == f"USERPROFILE={home}"
    for wrong in (["/c", "del"], ["/x", "/c", "echo"], ["echo"], ["/c", "set", "nothing"]):
        with pytest.raises(Refused):
            cmd.answer(wrong)


def test_whoami_knows_the_documented_switches_only() -> None:
    assert b"S-1-5-21-" in whoami.answer(["/USER", "/FO", "CSV", "/NH"])
    with pytest.raises(Refused, match="Invalid argument"):
        whoami.answer(["-u"])


def test_wsl_tells_its_version_in_utf_16() -> None:
    assert wsl_exe.answer(["--version"]).decode("utf-16-le").startswith("WSL version: 2.")
    with pytest.raises(Refused):
        wsl_exe.answer(["--shutdown"])


def test_reg_shows_the_registered_distributions_and_nothing_else() -> None:
    key = "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Lxss"

    assert DISTRIBUTION_ID.encode() in reg.answer(["query", key, "/s", "/v", "DistributionName"])
    with pytest.raises(Refused, match="unable to find"):
        reg.answer(["query", "HKCU\\Software", "/s", "/v", "DistributionName"])
    with pytest.raises(Refused, match="Invalid syntax"):
        reg.answer(["delete", key, "/f"])


@pytest.mark.parametrize(
    ("option", "path", "other"),
    [
        ("-u", "C:\\Users\\Speech User", "/mnt/c/Users/Speech User"),
        ("-w", "/mnt/c/Users/Speech User", "C:\\Users\\Speech User"),
        ("-m", "/mnt/c/Users", "C:/Users"),
        ("-w", "/", "\\\\wsl.localhost\\My Ubuntu 24.04\\"),
        ("-u", "\\\\wsl.localhost\\My Ubuntu 24.04\\etc", "/etc"),
    ],
)
def test_wslpath_spells_a_path_as_the_other_system(option: str, path: str, other: str) -> None:
    assert wslpath.answer([option, path]).decode() == other + "\n"


def test_wslpath_refuses_what_it_does_not_know() -> None:
    with pytest.raises(Refused, match="Usage"):
        wslpath.answer(["-x", "/"])


def test_a_drive_that_is_not_mounted_has_no_path() -> None:
    with pytest.raises(Refused, match="wslpath: D:"):
        wslpath.answer(["-u", "D:\\Users"])


@pytest.mark.parametrize("program", ["cmd", "reg", "schtasks", "whoami", "wsl_exe", "wslpath"])
def test_a_program_loads_nothing_of_the_lab_but_its_like(program: str) -> None:
    asked = f"import sys, lab.windows.{program}; print(*(m for m in sys.modules if '.' in m))"

    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)

    assert {name for name in done.stdout.split() if name.startswith("lab.")} == {
        name for name in done.stdout.split() if name.startswith("lab.windows")
    }
    assert "cryptography.x509" not in done.stdout
