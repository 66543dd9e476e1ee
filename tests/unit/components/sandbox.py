"""A folder that stands for a machine: a step runs in it, without root and with stand-ins."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from components.rendering import script
from components.step import SHARED

PLACES = ("/etc/", "/run/", "/var/lib/", "/var/log/", "/proc/sys/")


class Sandbox:
    """Every path of the machine's is below the folder; a program is what a test says it is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._programs = folder / "bin"
        self._programs.mkdir()
        self.program("systemctl")
        (folder / "run/lock").mkdir(parents=True)
        (folder / "var/lib").mkdir(parents=True)

    def program(self, name: str, body: str = ":") -> None:
        """A stand-in: it writes down how it was called, then does what its body says."""
        path = self._programs / name
        path.write_text(f'#!/bin/bash\necho "{name} $*" >>{self.folder}/called\n{body}\n')
        path.chmod(0o755)

    def write(self, name: str, text: str = "") -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def read(self, name: str) -> str:
        return (self.folder / name).read_text()

    def called(self) -> list[str]:
        """How the stand-ins were called since the last time this was asked."""
        log = self.folder / "called"
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return lines

    def run(
        self,
        name: str,
        command: str,
        *,
        values: Mapping[str, str] | None = None,
        files: Mapping[str, str] | None = None,
        fakes: str = "",
    ) -> "subprocess.CompletedProcess[str]":
        """Run a command after a step's script, with functions of its own in place of some."""
        known = {"stack": "p/dev", "slug": "dev", "where": "the VPS", "step": "s", **(values or {})}
        text = "".join(f"{key}='{value}'\n" for key, value in known.items())
        text += self._here("".join(map(script, ("stage.sh", *SHARED))) + script(name))
        text += f"manage() {{ :; }}\nkeep_undo() {{ :; }}\n{fakes}\n"
        for file, content in (files or {}).items():
            text += f"stage {file} <<'END'\n{content}END\n"
        return subprocess.run(
            ["bash", "-s"],
            input=f"{text}{command}\n",
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
        )

    def _here(self, text: str) -> str:
        for place in PLACES:
            text = text.replace(place, f"{self.folder}{place}")
        text = text.replace("root:root", "$(id -un):$(id -gn)")
        return text.replace("export PATH=", f"export PATH={self._programs}:")
