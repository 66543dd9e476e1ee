"""Raw samples: one file of JSON lines for each work, kept until the next run."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

from lab.results import hand_over

if TYPE_CHECKING:
    from pathlib import Path

Sample = dict[str, Any]


class Samples:
    """The files of one run, below `directory`; `NAME.jsonl` holds the samples of work NAME."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()  # several beds add to one work

    def add(self, work: str, sample: Sample) -> None:
        """Append one sample; a run that is cut off keeps what it had."""
        self._directory.mkdir(parents=True, exist_ok=True)
        path = self._directory / f"{work}.jsonl"
        with self._lock, path.open("a") as file:
            file.write(json.dumps(sample) + "\n")
        hand_over(path)

    def drop(self, work: str) -> None:
        """Forget the samples of one work."""
        (self._directory / f"{work}.jsonl").unlink(missing_ok=True)

    def of(self, work: str) -> list[Sample]:
        """All samples of a work, errors among them, in their order; empty when there is none."""
        file = self._directory / f"{work}.jsonl"
        if not file.exists():
            return []
        return [json.loads(line) for line in file.read_text().splitlines()]
