"""What the lab knows of a host that exists: its state as its supervisor says, its leader, logs."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab.hostspec import HostSpec, host_dir, load_spec
from lab.paths import lab_dir
from lab.processes import Process, saved, tail

if TYPE_CHECKING:
    from pathlib import Path

BOOT_SECONDS = 60.0
POLL_SECONDS = 0.02


class HostError(RuntimeError):
    """A host does not exist, does not run or did not come up."""


@dataclass(frozen=True, kw_only=True)
class HostState:
    """What a host's supervisor last said. `boots` counts from 1 at every power-on."""

    leader: Process | None
    ready: bool
    boots: int


def names(lab: str) -> list[str]:
    """All hosts of the lab that have a disk, running or not."""
    return sorted(file.parent.name for file in lab_dir(lab).glob("hosts/*/spec.json"))


def running(lab: str, name: str) -> bool:
    """Whether the host has power: its supervisor lives."""
    return saved(process_file(lab, name)) is not None


def state(lab: str, name: str) -> HostState:
    """The host's state; without a leader when it is off or only just switched on."""
    try:
        raw = json.loads((host_dir(lab, name) / "state.json").read_text())
    except FileNotFoundError:
        return HostState(leader=None, ready=False, boots=0)
    leader = None
    if raw["leader"] is not None:
        pid, started = raw["leader"]
        leader = Process(pid=pid, started=started)
        leader = leader if leader.alive else None
    return HostState(leader=leader, ready=leader is not None and raw["ready"], boots=raw["boots"])


def leader(lab: str, name: str) -> Process:
    """The host's process 1, as the machine sees it. Raises HostError when the host is off."""
    deadline = time.monotonic() + BOOT_SECONDS
    while (found := state(lab, name).leader) is None:
        if not running(lab, name):
            known = ", ".join(names(lab))
            if not known:
                raise HostError(f"lab {lab} is not up: run bin/lab --lab {lab} up")
            raise HostError(f"host {name} of lab {lab} is not running (hosts: {known})")
        if time.monotonic() > deadline:
            raise HostError(f"host {name} of lab {lab} does not start:\n{logs(lab, name)}")
        time.sleep(POLL_SECONDS)
    return found


def spec_of(lab: str, name: str) -> HostSpec:
    """What the host was made from. Raises HostError when the lab has no such host."""
    try:
        return load_spec(lab, name)
    except FileNotFoundError as error:
        raise HostError(f"lab {lab} has no host {name}") from error


def process_file(lab: str, name: str) -> Path:
    """Where the host's supervisor is noted."""
    return host_dir(lab, name) / "supervisor.process"


def logs(lab: str, name: str) -> str:
    """The last the supervisor and the host's console said, for an error message."""
    directory = host_dir(lab, name)
    return "\n".join(tail(directory / log) for log in ("supervisor.log", "console.log"))
