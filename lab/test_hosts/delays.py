"""How far each test host is now: the lab's own settings, over those of the table."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from lab.paths import lab_dir
from lab.processes import write_atomically
from lab.test_hosts.world import ADDRESSES, ROUND_TRIPS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def set_round_trips(lab: str, milliseconds: Mapping[str, float | None]) -> None:
    """Move test hosts of a running lab: host -> round trip, None for one that answers nothing.

    The others are where the table has them. Raises KeyError for a host that there is not.
    """
    for host in milliseconds:
        ADDRESSES[host]
    write_atomically(_file(lab), json.dumps(dict(milliseconds)))


class Delays:
    """Address -> half a round trip in seconds, read again whenever the lab's settings change."""

    def __init__(self, lab: str) -> None:
        self._file = _file(lab)
        self._changed: int | None = None
        self._seconds = _half_ways(ROUND_TRIPS)

    def of(self, address: bytes) -> float | None:
        """Half the round trip to an address (4 bytes); None where nobody answers."""
        try:
            changed = self._file.stat().st_mtime_ns
        except FileNotFoundError:
            changed = None
        if changed != self._changed:
            own = json.loads(self._file.read_text()) if changed else {}
            self._seconds = _half_ways({**ROUND_TRIPS, **own})
            self._changed = changed
        return self._seconds.get(address)


def _half_ways(round_trips: Mapping[str, float | None]) -> dict[bytes, float]:
    return {
        ADDRESSES[host].packed: milliseconds / 2000
        for host, milliseconds in round_trips.items()
        if milliseconds is not None
    }


def _file(lab: str) -> Path:
    return lab_dir(lab) / "test-hosts.json"
