"""The account's resources, kept in one JSON file that survives a restart of the process."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Record = dict[str, Any]
KINDS = ("instances", "disks", "configs", "addresses", "firewalls", "sshkeys", "tags", "events")
FIRST_ID = 1001


class Store:
    """Resources by kind and id. Call `save` after a change; reads and writes on one thread only."""

    def __init__(self, path: Path) -> None:
        """Load what is at `path`; nothing there is an empty account."""
        self._path = path
        saved = json.loads(path.read_text()) if path.exists() else {}
        self._last_id: int = saved.get("last_id", FIRST_ID - 1)
        self.last_address: int = saved.get("last_address", -1)
        self._tables: dict[str, dict[int, Record]] = {
            kind: {record["id"]: record for record in saved.get(kind, [])} for kind in KINDS
        }

    def table(self, kind: str) -> dict[int, Record]:
        """All resources of a kind, by id, oldest first."""
        return self._tables[kind]

    def next_id(self) -> int:
        """A number that nothing else has."""
        self._last_id += 1
        return self._last_id

    def add(self, kind: str, record: Record) -> Record:
        """Keep a new resource; it gets `id`, `created` and `updated`."""
        key, moment = self.next_id(), now()
        made = {"id": key, "created": moment, "updated": moment, **record}
        self._tables[kind][key] = made
        return made

    def save(self) -> None:
        """Write everything, whole or not at all; for the owner only (user data is secret)."""
        tables = {kind: list(table.values()) for kind, table in self._tables.items()}
        state = {"last_id": self._last_id, "last_address": self.last_address, **tables}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".new")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(state, file)
        draft.replace(self._path)


def now() -> str:
    """The time as the API writes it: UTC, without a zone."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
