"""What the canary found in the last 24 hours, one line of JSON for each visit."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .canary import Visit
from .files import KeptFile

DAY = 24 * 3600.0
_SLACK = 3600.0  # seconds that old lines may stay: the file is written anew once an hour at most
_MOST_WORDS = 120


@dataclass
class History:
    """The visits of the last day, oldest first, in memory and in a file."""

    path: Path
    visits: list[Mapping[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._file = KeptFile(self.path)

    def load(self, now: float) -> None:
        """Read what an earlier run left; a line that was cut short is left out."""
        try:
            lines = self.path.read_text(encoding="utf-8").splitlines()
        except OSError:
            return
        for line in lines:
            try:
                visit = json.loads(line)
                if visit["t"] > now - DAY and isinstance(visit["ok"], bool) and visit["service"]:
                    self.visits.append(visit)
            except (ValueError, KeyError, TypeError):
                continue

    def add(self, *visits: Visit) -> None:
        """Remember visits of one moment, and forget what is older than a day."""
        lines = [_line(visit) for visit in visits]
        self.visits += lines
        now = max((visit.checked for visit in visits), default=0.0)
        old = bool(lines) and self.visits[0]["t"] < now - DAY - _SLACK
        if old:
            self.visits = [visit for visit in self.visits if visit["t"] > now - DAY]
        if old or self._file.failed:
            self._file.keep(_text(self.visits))
        else:
            self._file.append(_text(lines))

    def since(self, service: str) -> float | None:
        """Since when a service is as it is, as far as a day tells; None before the first visit."""
        mine = [visit for visit in self.visits if visit["service"] == service]
        if not mine:
            return None
        since = mine[-1]
        for visit in reversed(mine):
            if visit["ok"] != since["ok"]:
                break
            since = visit
        return float(since["t"])

    def day(self, service: str, now: float) -> dict[str, int]:
        """How many visits there were in the last day, and how many failed."""
        mine = [
            visit for visit in self.visits if visit["service"] == service and visit["t"] > now - DAY
        ]
        return {"checks": len(mine), "failed": sum(not visit["ok"] for visit in mine)}


def _line(visit: Visit) -> dict[str, Any]:
    line: dict[str, Any] = {
        "t": round(visit.checked),
        "service": visit.service,
        "ok": visit.ok,
        "ms": visit.total_ms,
    }
    if not visit.ok:
        line.update(stage=visit.stage, detail=visit.detail[:_MOST_WORDS])
    return line


def _text(lines: Sequence[Mapping[str, Any]]) -> str:
    return "".join(json.dumps(line) + "\n" for line in lines)
