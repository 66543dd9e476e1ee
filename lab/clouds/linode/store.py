"""The account's resources, by kind and number."""

from datetime import UTC, datetime
from pathlib import Path

from lab.clouds.tables import Record, Tables

__all__ = ["Record", "Store", "now"]

KINDS = ("instances", "disks", "configs", "addresses", "firewalls", "sshkeys", "tags", "events")
FIRST_ID = 1001


class Store(Tables[int, int]):
    """Everything is numbered in one row."""

    def __init__(self, path: Path) -> None:
        """Load what is at `path`; nothing there is an empty account."""
        super().__init__(
            path, KINDS, first_number=FIRST_ID, no_address=-1, key=lambda _, record: record["id"]
        )

    def add(self, kind: str, record: Record) -> Record:
        """Keep a new resource; it gets `id`, `created` and `updated`."""
        moment = now()
        made = {"id": self.next_number(), "created": moment, "updated": moment, **record}
        self.table(kind)[made["id"]] = made
        return made


def now() -> str:
    """The time as the API writes it: UTC, without a zone."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
