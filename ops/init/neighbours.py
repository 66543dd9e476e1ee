"""The other stacks of this checkout: what of theirs a new one must keep clear of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from settings import TunnelSettings
from settings.defaults import fill


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """What a stack has taken: on the WSL host, on a VPS it may share, in a zone."""

    stack: str
    unit: str
    account: str
    ports: frozenset[int]
    hostnames: frozenset[str]


def read_neighbours(folder: Path, project: str, stacks: Iterable[str]) -> list[Neighbour]:
    """The stacks that pulumi knows and that have a file here.

    A file without a stack (the rehearsal's, outside of the lab) holds nothing on this host.
    """
    found = []
    for stack in stacks:
        path = folder / f"Pulumi.{stack}.yaml"
        if path.is_file():
            document = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
            config = document.get("config") if isinstance(document, Mapping) else None
            found.append(_neighbour(stack, project, config if isinstance(config, Mapping) else {}))
    return found


def _neighbour(stack: str, project: str, config: Mapping[str, Any]) -> Neighbour:
    prefix = f"{project}:"
    raw = {
        key.removeprefix(prefix): value
        for key, value in config.items()
        # An encrypted section cannot be read here; preview still refuses a clash with it.
        if key.startswith(prefix) and not (isinstance(value, Mapping) and "secure" in value)
    }
    filled = fill(raw)
    services = [one for one in filled["services"] if isinstance(one, Mapping)]
    tunnel = raw.get("tunnel")
    tunnel = tunnel if isinstance(tunnel, Mapping) else {}
    default = TunnelSettings()
    return Neighbour(
        stack=stack,
        unit=str(tunnel.get("unit", default.unit)),
        account=str(tunnel.get("account", default.account)),
        ports=frozenset(one["port"] for one in services if isinstance(one.get("port"), int)),
        hostnames=frozenset(str(one["hostname"]) for one in services if "hostname" in one),
    )
