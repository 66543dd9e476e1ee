"""The project's resources, by kind and number."""

from datetime import UTC, datetime
from pathlib import Path

from lab.clouds.tables import Record, Tables

__all__ = ["Record", "Store", "now"]

KINDS = ("servers", "firewalls", "ssh_keys", "primary_ips", "actions")
FIRST_ID = 1001


class Store(Tables[int, dict[str, int]]):
    """Addresses are counted for each kind of its own."""

    def __init__(self, path: Path) -> None:
        """Load what is at `path`; nothing there is an empty project."""
        super().__init__(
            path, KINDS, first_number=FIRST_ID, no_address={}, key=lambda _, record: record["id"]
        )

    def add(self, kind: str, record: Record) -> Record:
        """Keep a new resource; it gets `id` and `created`."""
        made = {"id": self.next_number(), "created": now(), **record}
        self.table(kind)[made["id"]] = made
        return made


def now() -> str:
    """The time as the API writes it."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
