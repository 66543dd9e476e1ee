"""The calls to Windows' own programs: the only place that runs any.

They are run as the person who runs pulumi, never by sudo: WSL lets a session call Windows by a
socket that its environment names, and profile and tasks are that Windows user's.
"""

import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from components.environment import clean_environment
from components.windows.distribution import PLAIN_NAME, REGISTERED, registered_number
from components.windows.held import PROC, is_held

Caller = Callable[[Sequence[str], Path], "subprocess.CompletedProcess[bytes]"]
"""Runs a program without input in a folder; raises OSError and subprocess.TimeoutExpired."""

SYSTEM32 = r"C:\Windows\System32"
WSLG = (r"C:\Program Files\WSL\wslg.exe", r"C:\Windows\System32\wslg.exe")
"""Where wsl.exe without a console is: of a WSL that is installed, of one that is Windows' own."""
_DEADLINE = 30.0  # seconds; Windows' first program after a boot takes some
_SID = re.compile(rb"S-1(?:-[0-9]+)+")
_SHARE = re.compile(r"\\\\wsl(?:\.localhost|\$)\\([^\\]+)")
_VERSION = re.compile(r"([0-9]+)\.([0-9]+)\.([0-9]+)")


class InteropError(Exception):
    """Windows cannot be called, or refuses; its text says why, and may have several lines."""


def call_program(argv: Sequence[str], folder: Path) -> "subprocess.CompletedProcess[bytes]":
    """The program's end, output and errors."""
    return subprocess.run(
        argv,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_DEADLINE,
        check=False,
        cwd=folder,
        env=clean_environment(),
    )


@dataclass(frozen=True, kw_only=True)
class Windows:
    """Windows as one WSL session sees it.

    Attributes:
        system32: The folder of its programs, as a path of Linux.
        distribution: What Windows calls this distribution; it may hold spaces.
        call: Runs a program.
        proc: Where the distribution shows its processes.
    """

    system32: Path
    distribution: str
    call: Caller = call_program
    proc: Path = PROC

    def user_id(self) -> str:
        """The Windows user's security identifier: S-1-5-21-..."""
        said = self._run("whoami.exe", "/user", "/fo", "csv", "/nh")
        found = _SID.search(said)
        if found is None:
            raise InteropError(f"whoami.exe names no user: {_words(said)}")
        return found[0].decode()

    def profile(self) -> Path:
        """The Windows user's folder, as a path of Linux."""
        # /u: in UTF-16, so that a name with an umlaut survives. /d: without what the user has
        # cmd.exe run at each start. Not echo, which would end at an & in the name.
        said = self._run("cmd.exe", "/d", "/u", "/c", "set", "USERPROFILE")
        lines = said.decode("utf-16-le", "replace").splitlines()
        path = next((line[12:] for line in lines if line.upper().startswith("USERPROFILE=")), "")
        folder = _mounted(self.call, path)
        if not path or not folder.is_dir():
            raise InteropError(f"the user's Windows folder ({path}) is not mounted here")
        return folder

    def wsl_version(self) -> tuple[int, ...] | None:
        """Of WSL itself; None for one that is part of Windows and has no number."""
        done = self._call("wsl.exe", "--version")
        # In UTF-16, unless the user has set WSL_UTF8=1 in Windows.
        encoding = "utf-16-le" if b"\0" in done.stdout else "utf-8"
        found = _VERSION.search(done.stdout.decode(encoding, "replace"))
        return tuple(map(int, found.groups())) if done.returncode == 0 and found else None

    def choice(self) -> str:
        """The words that name the distribution to wsl.exe and wslg.exe, as the first ones.

        Their own reading of the command line ends a name at the first blank and takes quotes for a
        part of it, so a name with others than letters, digits and `._-` is told by its number.

        Raises:
            InteropError: Windows cannot be called, or has no such distribution.
        """
        if PLAIN_NAME.fullmatch(self.distribution):
            return f"--distribution {self.distribution}"
        said = self._run("reg.exe", "query", REGISTERED, "/s", "/v", "DistributionName")
        number = registered_number(said.decode("latin-1"), self.distribution)
        if number is not None:
            return number
        raise InteropError(f"reg.exe names no distribution {self.distribution} in {REGISTERED}")

    def wslg(self) -> str | None:
        """The path of wslg.exe in Windows; None where there is none."""
        return next((path for path in WSLG if _mounted(self.call, path).is_file()), None)

    def task(self, name: str) -> str | None:
        """A scheduled task's XML, of which only ASCII is to be relied on; None without it.

        Raises:
            InteropError: Windows cannot be called, or its Task Scheduler does not answer.
        """
        done = self._call("schtasks.exe", "/Query", "/TN", name, "/XML")
        if done.returncode == 0:
            # In whichever character set the console has.
            return done.stdout.replace(b"\0", b"").decode("latin-1")
        # "No such task" and "nobody can tell" end alike, in words of Windows' language. Whoever
        # can list the tasks can tell; a list that a damaged task cuts short is one, too.
        every = self._call("schtasks.exe", "/Query")
        if every.returncode and not every.stdout.strip():
            raise InteropError(
                f"Windows' Task Scheduler does not answer (schtasks.exe /Query ended with"
                f" {every.returncode}: {_words(every.stderr)}); see in Windows whether its service"
                " runs: sc query Schedule"
            )
        return None

    def register_task(self, name: str, xml: str, scratch: Path) -> None:
        """Make a scheduled task, or make it anew.

        Args:
            name: What Windows calls it.
            xml: Its definition.
            scratch: A folder on a Windows drive, for the definition's file.
        """
        file = scratch / "task.xml"
        try:
            file.write_bytes(xml.encode("utf-16"))
            path = self._wslpath("-w", str(file))
            self._run("schtasks.exe", "/Create", "/TN", name, "/XML", path, "/F")
        finally:
            file.unlink(missing_ok=True)

    def start_task(self, name: str) -> None:
        """Run it now."""
        self._run("schtasks.exe", "/Run", "/TN", name)

    def remove_task(self, name: str) -> bool:
        """Stop and delete a scheduled task; whether there was one. Raises as `task` does."""
        if self.task(name) is None:
            return False
        self._call("schtasks.exe", "/End", "/TN", name)
        self._run("schtasks.exe", "/Delete", "/TN", name, "/F")
        return True

    def holds(self) -> bool:
        """Whether a program that it started holds the distribution."""
        return is_held(self.proc)

    def _wslpath(self, option: str, path: str) -> str:
        return self._run_at("wslpath", option, path).decode(errors="surrogateescape").rstrip("\n")

    def _run(self, program: str, *args: str) -> bytes:
        return self._run_at(str(self.system32 / program), *args)

    def _run_at(self, *argv: str) -> bytes:
        done = _call(self.call, argv, self.system32)
        if done.returncode:
            raise InteropError(
                f"{Path(argv[0]).name} {argv[1]} ended with {done.returncode}: "
                f"{_words(done.stderr or done.stdout)}"
            )
        return done.stdout

    def _call(self, program: str, *args: str) -> "subprocess.CompletedProcess[bytes]":
        return _call(self.call, [str(self.system32 / program), *args], self.system32)


def find_windows(environ: Mapping[str, str], call: Caller = call_program) -> Windows:
    """Windows, found by PATH or where it usually is. It is not called yet.

    Args:
        environ: The session's environment.
        call: Runs a program.

    Raises:
        InteropError: It is not there, or this is no WSL session.
    """
    on_path = shutil.which("schtasks.exe", path=environ.get("PATH"))
    try:
        system32 = Path(on_path).parent if on_path else _mounted(call, SYSTEM32)
        distribution = environ.get("WSL_DISTRO_NAME") or _distribution(call)
    except InteropError as error:
        raise InteropError(f"this is no session of WSL ({error})") from error
    if not (system32 / "schtasks.exe").is_file():
        raise InteropError(
            f"schtasks.exe is neither on PATH nor in {system32}; is the Windows drive mounted"
            " ([automount] in /etc/wsl.conf)?"
        )
    return Windows(system32=system32, distribution=distribution, call=call)


def _mounted(call: Caller, folder: str) -> Path:
    """Where a folder of Windows is; in a place where nothing is, if its drive is not mounted."""
    done = _call(call, ["wslpath", "-u", folder], Path("/"))
    return Path(folder if done.returncode else _text(done))


def _distribution(call: Caller) -> str:
    """From the share by which Windows sees this root; sudo and systemd drop the variable."""
    share = _text(_call(call, ["wslpath", "-w", "/"], Path("/")))
    found = _SHARE.match(share)
    if found is None:
        raise InteropError(f"wslpath names no distribution: {share}")
    return found[1]


def _call(call: Caller, argv: Sequence[str], folder: Path) -> "subprocess.CompletedProcess[bytes]":
    name = Path(argv[0]).name
    try:
        return call(argv, folder)
    except subprocess.TimeoutExpired as error:
        raise InteropError(f"{name} does not end") from error
    except OSError as error:
        raise InteropError(f"{name} cannot be run: {error.strerror}") from error


def _text(done: "subprocess.CompletedProcess[bytes]") -> str:
    return done.stdout.decode(errors="surrogateescape").strip()


def _words(said: bytes) -> str:
    """What a program of Windows said, in whichever character set."""
    return " ".join(said.replace(b"\0", b"").decode(errors="replace").split()) or "it says nothing"
