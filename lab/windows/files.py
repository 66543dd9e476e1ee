"""The files that make the C: drive."""

from __future__ import annotations

from lab.hostspec import HostFile
from lab.windows.drive import PROFILE, SYSTEM32, WSLCONFIG, WSLG

_PROGRAMS = {
    f"{SYSTEM32}/cmd.exe": "cmd",
    f"{SYSTEM32}/reg.exe": "reg",
    f"{SYSTEM32}/schtasks.exe": "schtasks",
    f"{SYSTEM32}/whoami.exe": "whoami",
    f"{SYSTEM32}/wsl.exe": "wsl_exe",
    "/usr/bin/wslpath": "wslpath",
    "/usr/local/sbin/windows-tasks": "scheduler",
}
_LAUNCHER = """\
#!/usr/bin/python3 -IB
import sys

sys.path.insert(0, "/opt/lab/src")
from lab.windows.{module} import main

sys.exit(main(sys.argv[1:]))
"""


def drive_files() -> dict[str, HostFile]:
    """The user's file and the programs; wsl-looks makes the folders at boot, and whose they are."""
    programs = {
        path: HostFile(text=_LAUNCHER.format(module=module), mode=0o755)
        for path, module in _PROGRAMS.items()
    }
    return {
        f"{PROFILE}/.wslconfig": HostFile(text=WSLCONFIG),
        str(WSLG): HostFile(
            text="the scheduled task names it; wsl-relay does what it would\n", mode=0o755
        ),
        **programs,
    }
