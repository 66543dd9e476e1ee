"""Whether Windows holds this distribution: what its scheduled task is for, seen from inside.

That Windows took the task and started it does not say that its program runs: the user's shell may
end at once, or WSL may have been ended since.
"""

from pathlib import Path

HOLDING = "sleep infinity"
"""What the task runs in the distribution."""
PROC = Path("/proc")


def is_held(proc: Path = PROC) -> bool:
    """Whether a program runs here that holds it, and that Windows started.

    WSL's init has a process between itself and each program that Windows starts. It is called
    `Relay(N)` (CreateProcessUtilityVm in WSL's init.cpp), in older ones `init`. A container's
    `sleep infinity`, or a service's, has another parent.

    Args:
        proc: Where the kernel shows the processes.
    """
    return any(
        folder.name.isdigit()
        and HOLDING in _text(folder / "cmdline").replace("\0", " ")
        and _is_relay(_text(proc / _parent(folder) / "comm").strip())
        for folder in proc.iterdir()
    )


def _is_relay(name: str) -> bool:
    return name.startswith("Relay(") or name == "init"


def _parent(folder: Path) -> str:
    """The pid of its parent; behind the name, which may hold anything, comes the state."""
    words = _text(folder / "stat").rpartition(")")[2].split()
    return words[1] if words else "0"


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:  # it has ended meanwhile
        return ""
