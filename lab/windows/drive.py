"""The C: drive as the WSL host sees it: data alone.

Each program of Windows loads this, and no other module of the lab but its like: they are called
several times in each run.
"""

from __future__ import annotations

from pathlib import Path

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
RUNNING = DRIVE / "Windows/Temp/lab-running"
RELAY = "/usr/local/sbin/wsl-relay"
"""Runs a program of the distribution for Windows."""


def session_environment() -> dict[str, str]:
    """What WSL puts into the environment of a session that a window opened."""
    return {"WSL_DISTRO_NAME": DISTRIBUTION, "WSL_INTEROP": INTEROP}
