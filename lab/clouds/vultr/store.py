"""The account's resources, by kind and UUID."""

import uuid
from datetime import UTC, datetime
from pathlib import Path

from lab.clouds.tables import Record, Tables

__all__ = ["Record", "Store", "now"]

KINDS = ("instances", "firewall_groups", "ssh_keys", "startup_scripts", "reserved_ips")
FIRST_NUMBER = 1001


class Store(Tables[str, dict[str, int]]):
    """Numbers are for short names of machines."""

    def __init__(self, path: Path) -> None:
        """Load what is at `path`; nothing there is an empty account."""
        super().__init__(
            path,
            KINDS,
            first_number=FIRST_NUMBER,
            no_address={},
            key=lambda _, record: record["id"],
        )

    def add(self, kind: str, record: Record) -> Record:
        """Keep a new resource; it gets `id` and `date_created`."""
        made = {"id": str(uuid.uuid4()), "date_created": now(), **record}
        self.table(kind)[made["id"]] = made
        return made


def now() -> str:
    """The time as the API writes it."""
    return datetime.now(UTC).isoformat(timespec="seconds")
