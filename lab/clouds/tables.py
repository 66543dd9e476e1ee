"""A cloud's resources in tables, kept in one JSON file that survives a restart of the process."""

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

Record = dict[str, Any]
Key = TypeVar("Key")
Address = TypeVar("Address")


class Tables(Generic[Key, Address]):
    """Resources by kind and key. Call `save` after a change; use it on one thread only.

    Attributes:
        last_address: The last address that was given, in the cloud's own counting.
    """

    def __init__(
        self,
        path: Path,
        kinds: Sequence[str],
        *,
        first_number: int,
        no_address: Address,
        key: Callable[[str, Record], Key],
    ) -> None:
        """Load what is at `path`; nothing there is an empty account.

        Args:
            path: The JSON file.
            kinds: A table for each.
            first_number: What `next_number` gives first.
            no_address: `last_address` before any was given.
            key: Kind and record -> the record's key in its table.
        """
        self._path = path
        saved = json.loads(path.read_text()) if path.exists() else {}
        self._last_number: int = saved.get("last_number", first_number - 1)
        self.last_address: Address = saved.get("last_address", no_address)
        self._tables: dict[str, dict[Key, Record]] = {
            kind: {key(kind, record): record for record in saved.get(kind, [])} for kind in kinds
        }

    def table(self, kind: str) -> dict[Key, Record]:
        """All resources of a kind, by key, oldest first."""
        return self._tables[kind]

    def next_number(self) -> int:
        """A number that was never given before."""
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
