"""The lab's central servers as a process: started in their namespace, waited for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab import cgroups, world
from lab.listening import wait_listening
from lab.namespaces import netns_file
from lab.paths import lab_dir
from lab.processes import python, saved, start_daemon, tail

if TYPE_CHECKING:
    from pathlib import Path

PORTS = (("udp", 53), ("tcp", 53), ("tcp", 80), ("tcp", 443))
READY_SECONDS = 30.0


def start(lab: str) -> None:
    """Start `python -m lab.infra` in the namespace `infra`."""
    start_daemon(
        cgroups.of_daemons(lab),
        python("lab.infra", "--lab", lab),
        log=_directory(lab) / "log",
        process_file=_directory(lab) / "process",
        netns=netns_file(lab, world.INFRA.name),
    )


def running(lab: str) -> bool:
    """Whether the process lives."""
    return saved(_directory(lab) / "process") is not None


def wait_ready(lab: str) -> None:
    """Wait until all its ports are open. Raises NotReadyError with the end of its log."""
    process = saved(_directory(lab) / "process")
    wait_listening(
        process.pid if process else 0,
        PORTS,
        seconds=READY_SECONDS,
        what=f"infra of lab {lab}",
        alive=lambda: running(lab),
        log=lambda: tail(_directory(lab) / "log"),
    )


def _directory(lab: str) -> Path:
    return lab_dir(lab) / "infra"
