"""The tunnel's shell on the VPS, run by a real bash in a folder of the test's."""

import re
import subprocess
import time
from pathlib import Path

from components.rendering import SCRIPTS

SHELL = SCRIPTS / "tunnel_shell.sh"
PATIENT = (
    60.0  # seconds of silence that no test has: a machine that stalls for a while changes nothing
)


class Shell:
    """One connection's shell."""

    def __init__(self, home: Path, *asked: str, script: Path = SHELL) -> None:
        self.process = subprocess.Popen(
            ["bash", "-p", str(script), *asked],
            env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def ask(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def answer(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip("\n")

    def end(self) -> None:
        """The connection ends; the shell hears of it, and is not waited for."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def close(self) -> None:
        self.end()
        assert self.process.wait(timeout=10) == 0


def hurried(home: Path, **seconds: float) -> Path:
    """The same script with other times, by their names in it."""
    text = SHELL.read_text(encoding="utf-8")
    for name, value in seconds.items():
        text, found = re.subn(rf"^{name}=[0-9.]+ ", f"{name}={value} ", text, flags=re.MULTILINE)
        assert found == 1, name
    copy = home / "-".join(["hold", *(f"{name}{value}" for name, value in seconds.items())])
    copy.write_text(text, encoding="utf-8")
    return copy


def leads(home: Path) -> str | None:
    link = home / "run" / "0"
    return str(link.readlink()) if link.is_symlink() else None


def until(home: Path, folder: str | None) -> None:
    deadline = time.monotonic() + 10
    while leads(home) != folder:
        assert time.monotonic() < deadline, leads(home)
        time.sleep(0.02)
