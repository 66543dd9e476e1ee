"""The C: drive as the WSL host sees it; data, and the files that make it."""

from __future__ import annotations

from pathlib import Path

from lab.hostspec import HostFile

DISTRIBUTION = "My Ubuntu 24.04"
"""What Windows calls the lab's WSL distribution: a name with spaces."""
DISTRIBUTION_ID = "{5f3c1b8e-7a52-4d0e-9c1f-2b6a84d7e930}"
"""By which number Windows' registry has it."""
USER = "Speech User"
USER_ID = "S-1-5-21-1004336348-1177238915-682003330-1001"
WSL_VERSION = "2.6.3.0"
INTEROP = "/run/WSL/1_interop"

WSLCONFIG = "# mine\r\n[wsl2]\r\nmemory=8GB\r\nvmIdleTimeout = 60000 # a minute\r\n"
"""The user's .wslconfig before the program comes: with the line ends of Windows."""

DRIVE = Path("/mnt/c")
PROFILE = DRIVE / "Users" / USER
SYSTEM32 = DRIVE / "Windows/System32"
TASKS = SYSTEM32 / "Tasks"
WSLG = DRIVE / "Program Files/WSL/wslg.exe"
CALLS = DRIVE / "Windows/Temp/lab-calls.jsonl"

_PROGRAMS = {
    f"{SYSTEM32}/cmd.exe": "cmd",
    f"{SYSTEM32}/reg.exe": "reg",
    f"{SYSTEM32}/schtasks.exe": "schtasks",
    f"{SYSTEM32}/whoami.exe": "whoami",
    f"{SYSTEM32}/wsl.exe": "wsl_exe",
    "/usr/bin/wslpath": "wslpath",
}
_LAUNCHER = """\
#!/usr/bin/python3 -B
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
        str(WSLG): HostFile(text="the scheduled task names it; nobody runs it\n", mode=0o755),
        **programs,
    }


def session_environment() -> dict[str, str]:
    """What WSL puts into the environment of a session that a window opened."""
    return {"WSL_DISTRO_NAME": DISTRIBUTION, "WSL_INTEROP": INTEROP}
