"""What the account holds, kept in a JSON file so that it survives a restart of the process."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import uuid4

from lab.clouds.cloudflare.envelope import ApiError, Json

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ZONES = ("gonova.one", "example.org", "example.net")
CREATED = "2024-01-01T00:00:00.000000Z"


@dataclass
class Zone:
    """One zone: its name; its records, rulesets and Origin CA certificates as the API gives them.

    `settings` holds only what was changed: id -> {"value": ..., "modified_on": ...}.
    Each ruleset carries its earlier versions under "history", which is never shown.
    """

    id: str
    name: str
    records: list[Json] = field(default_factory=list)
    settings: dict[str, Json] = field(default_factory=dict)
    rulesets: list[Json] = field(default_factory=list)
    certificates: list[Json] = field(default_factory=list)


class Store:
    """The zones; `save()` writes them and tells `on_change`."""

    def __init__(self, file: Path, on_change: Callable[[list[Zone]], None]) -> None:
        self._file = file
        self._on_change = on_change
        self.zones = self._load()
        on_change(self.zones)

    def zone(self, zone_id: str) -> Zone:
        """The zone with this id; 404 if the account has none."""
        for zone in self.zones:
            if zone.id == zone_id:
                return zone
        path = f"/zones/{zone_id}"
        raise ApiError(
            404, 7003, f"Could not route to {path}, perhaps your object identifier is invalid?"
        )

    def save(self) -> None:
        """Write the file whole or not at all, then tell `on_change`."""
        temporary = self._file.with_name(f".{self._file.name}.new")
        with temporary.open("w") as out:
            json.dump([asdict(zone) for zone in self.zones], out)
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(self._file)
        self._on_change(self.zones)

    def _load(self) -> list[Zone]:
        if self._file.exists():
            return [Zone(**zone) for zone in json.loads(self._file.read_text())]
        self._file.parent.mkdir(parents=True, exist_ok=True)
        return [Zone(id=stable_id(name), name=name) for name in ZONES]


def stable_id(name: str) -> str:
    """The same 32 hex digits for the same name, in every lab."""
    return sha256(name.encode()).hexdigest()[:32]


def new_id() -> str:
    """32 random hex digits, the form of all of Cloudflare's ids."""
    return uuid4().hex


def now() -> str:
    """This moment as the API writes it: 2024-01-01T00:00:00.000000Z."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
