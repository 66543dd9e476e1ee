"""Facts of the machine that runs pulumi, each asked in one place so that tests can stand in."""

import errno
import os
import re
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from components.ending import end
from components.environment import clean_environment
from components.windows.interop import Caller, Windows, call_program, find_windows

Runner = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]
"""Runs a program without input; raises FileNotFoundError and subprocess.TimeoutExpired."""

_CHECKOUT = Path(__file__).parents[2]
_UNIT_DIRECTORIES = ("usr/local/lib", "usr/lib", "lib", "run")
_LISTEN = "0A"
_LISTEN_ON = """
import errno, socket, sys
with socket.socket() as one:
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        one.bind(("0.0.0.0", int(sys.argv[1])))
    except OSError as error:
        sys.exit(error.errno)
"""


def run_program(argv: Sequence[str], *, seconds: float = 20) -> "subprocess.CompletedProcess[str]":
    """The program's end, output and errors; 20 seconds at most. It sees none of our secrets."""
    child = subprocess.Popen(
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",  # a stranger at the address of the VPS may greet with any bytes
        env=clean_environment(),
    )
    try:
        output, errors = child.communicate(timeout=seconds)
    finally:
        end(child)  # subprocess.run would wait for ever for a sudo that it may not end
    return subprocess.CompletedProcess(argv, child.returncode, output, errors)


@dataclass(frozen=True, kw_only=True)
class Account:
    """A line of passwd(5), as far as it matters here."""

    gid: int
    comment: str
    home: str


@dataclass(frozen=True, kw_only=True)
class Machine:
    """Where the facts come from: the real machine, unless told otherwise."""

    root: Path = Path("/")
    checkout: Path = _CHECKOUT
    home: Path = field(default_factory=Path.home)
    platform: str = sys.platform
    uid: int = field(default_factory=os.getuid)
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    run: Runner = run_program
    call_windows: Caller = call_program

    def read(self, path: str) -> str:
        """A file's text, stripped; empty where it is not or must not be read."""
        try:
            return (self.root / path).read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            return ""

    def exists(self, path: str) -> bool:
        """Whether there is such a file or folder."""
        return (self.root / path).exists()

    @property
    def machine_id(self) -> str:
        """32 hexadecimal digits; empty when this machine has none."""
        text = self.read("etc/machine-id")
        digits = set("0123456789abcdef")
        return text if len(text) == 32 and set(text) <= digits else ""  # noqa: PLR2004 - a format

    @property
    def hostname(self) -> str:
        """The name this machine calls itself."""
        return self.read("proc/sys/kernel/hostname") or socket.gethostname()

    @property
    def is_wsl(self) -> bool:
        """Whether this is the Windows Subsystem for Linux, by its documented marks."""
        return (
            "microsoft" in self.read("proc/sys/kernel/osrelease").lower()
            or self.exists("run/WSL")
            or self.exists("proc/sys/fs/binfmt_misc/WSLInterop")
        )

    @property
    def is_wsl1(self) -> bool:
        """Whether it is WSL 1, whose kernel is Windows' own: 4.4.0-19041-Microsoft."""
        return self.read("proc/sys/kernel/osrelease").endswith("-Microsoft")

    def windows(self) -> Windows:
        """Windows around this WSL. Raises InteropError when it cannot be found."""
        return find_windows(self.environ, self.call_windows)

    @property
    def runs_systemd(self) -> bool:
        """Whether systemd is this machine's init, the way sd_booted(3) tells."""
        return (self.root / "run/systemd/system").is_dir()

    def account(self, name: str) -> Account | None:
        """A local account; None when there is none."""
        for line in self.read("etc/passwd").splitlines():
            fields = line.split(":")
            if fields[0] == name and len(fields) == 7 and fields[3].isdigit():  # noqa: PLR2004 - passwd(5)
                return Account(gid=int(fields[3]), comment=fields[4], home=fields[5])
        return None

    def folder(self, path: str) -> tuple[int, int, int] | None:
        """Owner, group and mode of a folder; None when there is none."""
        try:
            status = (self.root / path).stat()
        except OSError:
            return None
        return status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)

    @property
    def python(self) -> tuple[int, ...] | None:
        """Version of the distribution's own Python, (3, 10), by its name; None without one."""
        named = re.fullmatch(r"python(\d+)\.(\d+)", (self.root / "usr/bin/python3").resolve().name)
        return tuple(map(int, named.groups())) if named else None

    def packaged_unit(self, unit: str) -> str | None:
        """The path of a unit that a package or another program brought, if there is one."""
        paths = (f"{place}/systemd/system/{unit}.service" for place in _UNIT_DIRECTORIES)
        return next((f"/{path}" for path in paths if self.exists(path)), None)

    def listens(self, port: int) -> bool:
        """Whether anything on this machine listens on a TCP port."""
        lines = [*self.read("proc/net/tcp").splitlines(), *self.read("proc/net/tcp6").splitlines()]
        rows = [line.split() for line in lines]
        return any(
            row[1].endswith(f":{port:04X}") and row[3] == _LISTEN
            for row in rows
            if len(row) > 3  # noqa: PLR2004 - proc(5)
        )

    def taken_outside(self, port: int) -> bool:
        """Whether nobody here can listen on a TCP port though nobody here does: Windows has it.

        With mirrored networking WSL and Windows share the ports. False where it cannot be told.
        """
        as_root = [] if self.uid == 0 else ["sudo", "-n"]
        try:
            done = self.run([*as_root, sys.executable, "-I", "-c", _LISTEN_ON, str(port)])
        except (OSError, subprocess.TimeoutExpired):
            return False
        return done.returncode == errno.EADDRINUSE

    def runs_nginx(self) -> bool:
        """Whether nginx runs here as a service."""
        pid = self.read("run/nginx.pid")
        return pid.isdigit() and self.read(f"proc/{pid}/comm") == "nginx"

    def dead_agent(self) -> str | None:
        """The ssh agent's socket, where the environment names one that nobody answers."""
        path = self.environ.get("SSH_AUTH_SOCK")
        if not path:
            return None
        try:
            if not stat.S_ISSOCK(Path(path).stat().st_mode):
                return path
            with socket.socket(socket.AF_UNIX) as agent:
                agent.settimeout(2)
                agent.connect(path)
        except OSError:
            return path
        return None
