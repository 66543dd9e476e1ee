"""The account's resources, by kind and key."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lab.clouds.tables import Record, Tables

__all__ = ["Record", "Store", "now"]

KINDS = ("droplets", "firewalls", "ssh_keys", "tags", "vpcs", "actions")
FIRST_ID = 2001


class Store(Tables[Any, int]):
    """Keys are numbers (droplets, keys, actions), UUIDs (firewalls, VPCs) or names (tags)."""

    def __init__(self, path: Path) -> None:
        """Load what is at `path`; nothing there is an empty account."""
        super().__init__(path, KINDS, first_number=FIRST_ID, no_address=-1, key=_key)

    def add(self, kind: str, record: Record) -> Record:
        """Keep a new resource; one that brings neither id nor name as its key gets a number."""
        if kind != "tags" and "id" not in record:
            record = {"id": self.next_number(), **record}
        self.table(kind)[_key(kind, record)] = record
        return record


def _key(kind: str, record: Record) -> Any:
    return record["name"].lower() if kind == "tags" else record["id"]


def now() -> str:
    """The time as the API writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
