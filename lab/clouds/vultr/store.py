"""The account's resources, kept in one JSON file that survives a restart of the process."""

import json
import os
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Record = dict[str, Any]
KINDS = ("instances", "firewall_groups", "ssh_keys", "startup_scripts", "reserved_ips")
FIRST_NUMBER = 1001


class Store:
    """Resources by kind and id. Call `save` after a change; reads and writes on one thread only."""

    def __init__(self, path: Path) -> None:
        """Load what is at `path`; nothing there is an empty account."""
        self._path = path
        saved = json.loads(path.read_text()) if path.exists() else {}
        self._last_number: int = saved.get("last_number", FIRST_NUMBER - 1)
        self.last_address: dict[str, int] = saved.get("last_address", {})
        self._tables: dict[str, dict[str, Record]] = {
            kind: {record["id"]: record for record in saved.get(kind, [])} for kind in KINDS
        }

    def table(self, kind: str) -> dict[str, Record]:
        """All resources of a kind, by id, oldest first."""
        return self._tables[kind]

    def add(self, kind: str, record: Record) -> Record:
        """Keep a new resource; it gets `id` and `date_created`."""
        made = {"id": str(uuid.uuid4()), "date_created": now(), **record}
        self._tables[kind][made["id"]] = made
        return made

    def next_number(self) -> int:
        """A number that was never given before: for short names of machines."""
        self._last_number += 1
        return self._last_number

    def save(self) -> None:
        """Write everything, whole or not at all; for the owner only (user data is secret)."""
        tables = {kind: list(table.values()) for kind, table in self._tables.items()}
        state = {"last_number": self._last_number, "last_address": self.last_address, **tables}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".new")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(state, file)
        draft.replace(self._path)


def now() -> str:
    """The time as the API writes it."""
    return datetime.now(UTC).isoformat(timespec="seconds")
