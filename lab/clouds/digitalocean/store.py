"""The account's resources, kept in one JSON file that survives a restart of the process."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Record = dict[str, Any]
KINDS = ("droplets", "firewalls", "ssh_keys", "tags", "vpcs", "actions")
FIRST_ID = 2001


class Store:
    """Resources by kind and key. Call `save` after a change; use it on one thread only.

    Keys are numbers (droplets, keys, actions), UUIDs (firewalls, VPCs) or names (tags).
    """

    def __init__(self, path: Path) -> None:
        """Load what is at `path`; nothing there is an empty account."""
        self._path = path
        saved = json.loads(path.read_text()) if path.exists() else {}
        self._last_id: int = saved.get("last_id", FIRST_ID - 1)
        self.last_address: int = saved.get("last_address", -1)
        self._tables: dict[str, dict[Any, Record]] = {
            kind: {_key(kind, record): record for record in saved.get(kind, [])} for kind in KINDS
        }

    def table(self, kind: str) -> dict[Any, Record]:
        """All resources of a kind, by key, oldest first."""
        return self._tables[kind]

    def add(self, kind: str, record: Record) -> Record:
        """Keep a new resource; one that brings neither id nor name as its key gets a number."""
        if kind != "tags" and "id" not in record:
            self._last_id += 1
            record = {"id": self._last_id, **record}
        self._tables[kind][_key(kind, record)] = record
        return record

    def save(self) -> None:
        """Write everything, whole or not at all; for the owner only (user data is secret)."""
        tables = {kind: list(table.values()) for kind, table in self._tables.items()}
        state = {"last_id": self._last_id, "last_address": self.last_address, **tables}
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_suffix(".new")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(state, file)
        draft.replace(self._path)


def _key(kind: str, record: Record) -> Any:
    return record["name"].lower() if kind == "tags" else record["id"]


def now() -> str:
    """The time as the API writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
