"""bin/ops as its user runs it, with a pulumi and an ssh of the tests' own first on PATH."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
PRIVATE = (
    "-----BEGIN OPENSSH PRIVATE KEY-----\nPLANTED-KEY-TEXT\n-----END OPENSSH PRIVATE KEY-----\n"
)
LOGIN = {
    "user": "admin",
    "address": "203.0.113.16",
    "port": 2222,
    "hostKey": "ssh-ed25519 AAAAhostkey root@vps",
    "privateKey": PRIVATE,
}

# Notes how it was called, what the files it is given hold, and who may read them.
_SSH = """\
#!{python}
import json, os, stat, sys, time
arguments = sys.argv[1:]
key = arguments[arguments.index("-i") + 1]
known_hosts = next(a.split("=", 1)[1] for a in arguments if a.startswith("UserKnownHostsFile="))
with open({seen!r} + ".new", "w") as file:
    json.dump(
        {{
            "arguments": arguments,
            "environment": dict(os.environ),
            "key": open(key).read(),
            "known_hosts": open(known_hosts).read(),
            "modes": [stat.S_IMODE(os.stat(p).st_mode) for p in (key, os.path.dirname(key))],
            "folder": os.path.dirname(key),
        }},
        file,
    )
os.rename({seen!r} + ".new", {seen!r})
{then}
"""


@dataclass(frozen=True, kw_only=True)
class Ops:
    """Where the programs are, and what ssh saw."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """PATH with our programs first, memory for the key in our own folder."""
        return {
            "PATH": f"{self.folder / 'bin'}:/usr/bin:/bin",
            "HOME": str(self.folder),
            "XDG_RUNTIME_DIR": str(self.folder / "memory"),
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    @property
    def command(self) -> list[str]:
        """What bin/ops runs."""
        return [sys.executable, "-m", "ops"]

    def install(self, name: str, script: str) -> None:
        """Put a program first on PATH."""
        path = self.folder / "bin" / name
        path.write_text(script)
        path.chmod(0o755)

    def pulumi(self, *, says: str = "", complains: str = "", status: int = 0) -> None:
        """A pulumi that prints this, and notes its arguments and folder."""
        for name, text in (("says", says), ("complains", complains)):
            (self.folder / name).write_text(text)
        self.install(
            "pulumi",
            f"#!/bin/sh\n"
            f'echo "$PWD $*" >{self.folder}/pulumi-called\n'
            f"cat {self.folder}/complains >&2\ncat {self.folder}/says\nexit {status}\n",
        )

    def outputs(self, outputs: Mapping[str, Any]) -> None:
        """A pulumi whose stack has these outputs."""
        self.pulumi(says=json.dumps(outputs))

    def ssh(self, then: str) -> None:
        """An ssh that goes on with these lines of Python."""
        self.install(
            "ssh",
            _SSH.format(python=sys.executable, seen=str(self.folder / "seen.json"), then=then),
        )

    def run(
        self, *arguments: str, stdin: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """bin/ops, to its end."""
        return subprocess.run(
            [*self.command, *arguments],
            env={**self.environment, **environment},
            cwd=self.folder,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def seen(self) -> dict[str, Any]:
        """What ssh was given."""
        found: dict[str, Any] = json.loads((self.folder / "seen.json").read_text())
        return found

    @property
    def left(self) -> list[Path]:
        """What is in the memory folder now."""
        return list((self.folder / "memory").iterdir())


@pytest.fixture
def ops(tmp_path: Path) -> Ops:
    """A deployed stack, and an ssh that succeeds."""
    for name in ("bin", "memory"):
        (tmp_path / name).mkdir()
    made = Ops(folder=tmp_path)
    made.outputs({"login": LOGIN, "vpsAddress": "203.0.113.16"})
    made.ssh("")
    return made
