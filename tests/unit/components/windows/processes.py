"""Processes as the kernel shows them."""

from pathlib import Path


def process(proc: Path, pid: int, name: str, parent: int, *argv: str) -> None:
    """Show one process below a folder that stands for /proc."""
    folder = proc / str(pid)
    folder.mkdir(parents=True)
    (folder / "comm").write_text(f"{name}\n")
    (folder / "stat").write_text(f"{pid} ({name}) S {parent} {pid} {pid} 0 -1 4194560\n")
    (folder / "cmdline").write_text("\0".join([*argv, ""]))
