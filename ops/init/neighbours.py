"""The other stacks of this checkout: what of theirs a new one must keep clear of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ops.errors import OpsError
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

    Raises:
        OpsError: A file of theirs cannot be read; the message names it and the place in it.
    """
    found = []
    for stack in stacks:
        path = folder / f"Pulumi.{stack}.yaml"
        if path.is_file():
            document = _read(path)
            config = document.get("config") if isinstance(document, Mapping) else None
            found.append(_neighbour(stack, project, config if isinstance(config, Mapping) else {}))
    return found


def _read(path: Path) -> object:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        words = f"{place}{error.problem}"
    except UnicodeDecodeError as error:
        words = f"byte {error.start + 1} is not UTF-8"
    # A ValueError: what looks like a date and is none.
    except (OSError, ValueError, yaml.YAMLError) as error:
        words = " ".join(str(error).split())
    raise OpsError(
        f"{path.name} cannot be read, and what that stack has taken is not known: {words}."
        " Correct it there; nothing was written"
    )


def _neighbour(stack: str, project: str, config: Mapping[str, Any]) -> Neighbour:
    prefix = f"{project}:"
    raw = {
        key.removeprefix(prefix): value
        for key, value in config.items()
        # An encrypted section cannot be read here; preview still refuses a clash with it.
        if str(key).startswith(prefix) and not (isinstance(value, Mapping) and "secure" in value)
    }
    filled = fill(raw)
    listed = filled["services"]
    services = (
        [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    )
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
