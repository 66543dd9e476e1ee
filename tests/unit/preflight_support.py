"""A machine in a folder: what the preflight reads, as files that a test can change."""

import errno
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from components.naming import StackName
from components.preflight import Machine
from components.preflight.local_checks import host_problems
from settings import Settings
from tests.unit.settings_support import HCLOUD

DEV = StackName(project="vps-reverse-proxy", stack="dev")
MACHINE_ID = "0123456789abcdef0123456789abcdef"
PASSWD = "root:x:0:0:root:/root:/bin/bash\nspeech:x:1000:1000:,,,:/home/speech:/bin/bash\n"
_REGISTERED = (
    "\r\nHKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Lxss"
    "\\{5f3c1b8e-7a52-4d0e-9c1f-2b6a84d7e930}\r\n"
    "    DistributionName    REG_SZ    My Ubuntu 24.04\r\n"
)


@dataclass(kw_only=True)
class Fake:
    """A Debian under WSL where everything is in order; `sudo` and `scan` are what programs say."""

    root: Path
    sudo: int | Exception = 0
    scan: str | Exception = ""
    scan_errors: str = ""
    ran: list[list[str]] = field(default_factory=list)
    environ: dict[str, str] = field(default_factory=dict)
    uid: int = 1000
    windows: int | Exception = 0  # how every program of Windows ends
    taken: int | None = None  # the port that a program of Windows has

    def __post_init__(self) -> None:
        self.write("etc/machine-id", f"{MACHINE_ID}\n")
        self.write("etc/passwd", PASSWD)
        self.write("proc/sys/kernel/hostname", "wsl\n")
        self.write("proc/sys/kernel/osrelease", "6.6.87.2-microsoft-standard-WSL2\n")
        self.write("checkout/components/scripts/a.sh", "true\n")
        (self.root / "run/systemd/system").mkdir(parents=True)
        (self.root / "home").mkdir()
        self.write("mnt/c/Windows/System32/schtasks.exe", "", mode=0o755)
        (self.root / "mnt/c/Users/me").mkdir(parents=True)
        self.environ.setdefault("PATH", str(self.root / "mnt/c/Windows/System32"))
        self.environ.setdefault("WSL_DISTRO_NAME", "My Ubuntu 24.04")

    def write(self, path: str, text: str, mode: int = 0o644) -> Path:
        """A file of the fake machine."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
        file.chmod(mode)
        return file

    def remove(self, path: str) -> None:
        """Without that folder."""
        shutil.rmtree(self.root / path)

    def run(self, argv: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        """Stand in for sudo and ssh-keyscan."""
        self.ran.append(list(argv))
        if self.taken is not None and argv[-1] == str(self.taken):
            return subprocess.CompletedProcess(argv, errno.EADDRINUSE, "", "")
        said = self.sudo if argv[0] == "sudo" else self.scan
        if isinstance(said, Exception):
            raise said
        if isinstance(said, int):
            return subprocess.CompletedProcess(argv, said, "", "")
        return subprocess.CompletedProcess(argv, 0, said, self.scan_errors)

    def call_windows(self, argv: Sequence[str], _: Path) -> "subprocess.CompletedProcess[bytes]":
        """Stand in for Windows' programs: they name a user, her folder and the distribution."""
        if isinstance(self.windows, Exception):
            raise self.windows
        said = {
            "whoami.exe": b'"desk\\me","S-1-5-21-1-2-3-1001"\r\n',
            "cmd.exe": "USERPROFILE=C:\\Users\\me\r\n".encode("utf-16-le"),
            "reg.exe": _REGISTERED.encode(),
            "wslpath": f"{self.root}/mnt/c/Users/me\n".encode(),
        }
        return subprocess.CompletedProcess(argv, self.windows, said[Path(argv[0]).name], b"")

    def machine(self, platform: str = "linux") -> Machine:
        """The machine as the preflight sees it."""
        return Machine(
            root=self.root,
            checkout=self.root / "checkout",
            home=self.root / "home",
            platform=platform,
            uid=self.uid,
            environ=self.environ,
            run=self.run,
            call_windows=self.call_windows,
        )


def problems(fake: Fake, platform: str = "linux", **sections: Any) -> list[str]:
    """What the preflight of stack dev says of this machine, with these settings."""
    settings = Settings.model_validate({"server": HCLOUD, **sections})
    return list(host_problems(settings, DEV, fake.machine(platform)))
