"""What the holder is told, as the step `tunnel-service.sh` puts it beside the program."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Forward:
    """One service: the name of its socket on the VPS, and where it listens (host:port)."""

    name: str
    target: str


@dataclass(frozen=True)
class Config:
    """What to hold.

    Attributes:
        directory: On the VPS; the sockets are in `<directory>/<slot><a|b>/<service>`.
        connections: How many ssh connections, each a slot with a number from 0.
        forwards: What each of them carries.
        ssh_config: ssh's own configuration: where the VPS is, and who it must be.
    """

    ssh_config: str
    directory: str
    connections: int
    forwards: tuple[Forward, ...]


def load(path: Path) -> Config:
    """Read a configuration.

    Raises:
        OSError: It cannot be read.
        ValueError: It is not one; the words say what is wrong.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return Config(
            ssh_config=str(path.with_name("ssh_config")),
            directory=raw["directory"],
            connections=int(raw["connections"]),
            forwards=tuple(Forward(item["name"], item["target"]) for item in raw["forwards"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} is not a configuration of the tunnel: {error!r}") from error
