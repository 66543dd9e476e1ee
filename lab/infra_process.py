"""The lab's central servers as a process: started in their namespace, waited for."""

from __future__ import annotations

import hashlib
import signal
import time
from pathlib import Path

from lab import cgroups, world
from lab.listening import wait_listening
from lab.namespaces import netns_file
from lab.paths import lab_dir
from lab.processes import python, saved, start_daemon, tail, write_atomically

PORTS = (("udp", 53), ("tcp", 53), ("tcp", 80), ("tcp", 443))
READY_SECONDS = 30.0
STOP_SECONDS = 15.0
POLL_SECONDS = 0.02


def start(lab: str) -> None:
    """Start `python -m lab.infra` in the namespace `infra`."""
    start_daemon(
        cgroups.of_daemons(lab),
        python("lab.infra", "--lab", lab),
        log=_directory(lab) / "log",
        process_file=_directory(lab) / "process",
        netns=netns_file(lab, world.INFRA.name),
    )
    write_atomically(_directory(lab) / "sources", sources())


def stop(lab: str) -> None:
    """End it, by force after 15 s; what the clouds hold is in files and lasts."""
    process = saved(_directory(lab) / "process")
    if process is None:
        return
    process.send(signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while process.alive and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    process.send(signal.SIGKILL)


def outdated(lab: str) -> bool:
    """Whether it runs, from other sources than are here now."""
    if not running(lab):
        return False
    try:
        return (_directory(lab) / "sources").read_text() != sources()
    except FileNotFoundError:
        return True


def sources(package: Path = Path(__file__).parent) -> str:
    """A digest of every module of the lab; it says nothing of which of them the process uses."""
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        digest.update(f"{path.relative_to(package)}\0".encode() + path.read_bytes())
    return digest.hexdigest()


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
