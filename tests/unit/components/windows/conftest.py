"""Windows in a folder: the lab's stand-ins, called in this process."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from components.windows import registration
from components.windows.interop import Windows
from lab.windows import cmd, reg, running, schtasks, task_check, whoami, wsl_exe, wslpath
from lab.windows.drive import DISTRIBUTION, USER
from lab.windows.session import Refused
from tests.unit.components.windows.processes import process

Answer = Callable[[Sequence[str]], bytes]
PROGRAMS: dict[str, Answer] = {
    "cmd.exe": cmd.answer,
    "reg.exe": reg.answer,
    "schtasks.exe": schtasks.answer,
    "whoami.exe": whoami.answer,
    "wsl.exe": wsl_exe.answer,
    "wslpath": wslpath.answer,
}


@dataclass(kw_only=True)
class Desk:
    """A Windows machine with one user; `silent` is a session that cannot call it.

    Where `profile_ends`, the user's shell ends at once, and what a task starts with it.
    """

    drive: Path
    calls: list[list[str]] = field(default_factory=list)
    silent: bool = False
    profile_ends: bool = False
    version: bytes | None = None
    refuses: str = ""

    @property
    def profile(self) -> Path:
        """The user's folder."""
        return self.drive / "Users" / USER

    @property
    def config(self) -> Path:
        """The user's .wslconfig."""
        return self.profile / ".wslconfig"

    @property
    def proc(self) -> Path:
        """Where the distribution shows its processes."""
        return self.drive.with_name("proc")

    def start(self, task: str, command: str) -> None:
        """Run a task."""
        if not self.profile_ends and not any(self.proc.iterdir()):
            process(self.proc, 10, "Relay(11)", 1, task)
            process(self.proc, 11, "sleep", 10, *command.split())

    def end(self, _task: str) -> None:
        """End whatever runs."""
        for one in self.proc.iterdir():
            shutil.rmtree(one)

    @property
    def system32(self) -> Path:
        """Where its programs are."""
        return self.drive / "Windows/System32"

    @property
    def tasks(self) -> list[str]:
        """The names of its scheduled tasks."""
        return sorted(path.name for path in (self.system32 / "Tasks").iterdir())

    def verbs(self) -> list[str]:
        """What schtasks.exe was asked for so far."""
        return [call[1] for call in self.calls if call[0] == "schtasks.exe"]

    def call(self, argv: Sequence[str], folder: Path) -> "subprocess.CompletedProcess[bytes]":
        """Run a stand-in."""
        program, args = Path(argv[0]).name, list(argv[1:])
        assert folder.is_dir()
        if self.silent and program != "wslpath":
            raise OSError(8, "Exec format error")
        self.calls.append([program, *args])
        if program == "wsl.exe" and self.version is not None:
            return subprocess.CompletedProcess(argv, 0 if self.version else 1, self.version, b"")
        try:
            if self.refuses and self.refuses in args:
                raise Refused("ERROR: Access is denied.")  # noqa: TRY301 - as PROGRAMS do
            return subprocess.CompletedProcess(argv, 0, PROGRAMS[program](args), b"")
        except Refused as error:
            return subprocess.CompletedProcess(argv, error.status, b"", str(error).encode())

    def windows(self) -> Windows:
        """As a WSL session finds it."""
        return Windows(
            system32=self.system32, distribution=DISTRIBUTION, call=self.call, proc=self.proc
        )


@pytest.fixture(autouse=True)
def _whole_tracebacks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a dynamic provider sets for its own process ends with the test."""
    monkeypatch.setattr(sys, "tracebacklimit", 1000, raising=False)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A machine without .wslconfig and without tasks."""
    desk = Desk(drive=tmp_path / "c")
    (desk.system32 / "Tasks").mkdir(parents=True)
    (desk.system32 / "schtasks.exe").touch(mode=0o755)
    desk.profile.mkdir(parents=True)
    wslg = desk.drive / "Program Files/WSL/wslg.exe"
    wslg.parent.mkdir(parents=True)
    wslg.touch()
    monkeypatch.setattr(task_check, "WSLG", wslg)
    monkeypatch.setattr(schtasks, "TASKS", desk.system32 / "Tasks")
    monkeypatch.setattr(wslpath, "DRIVE", desk.drive)
    desk.proc.mkdir()
    monkeypatch.setattr(running, "start", desk.start)
    monkeypatch.setattr(running, "end", desk.end)
    monkeypatch.setattr(registration, "HOLD_SECONDS", 0.2)
    return desk
