"""What the canary found in the last 24 hours, one line of JSON for each visit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .canary import Visit
from .files import replace

DAY = 24 * 3600.0
_SLACK = 3600.0  # seconds that old lines may stay: the file is written anew once an hour at most
_MOST_WORDS = 120


@dataclass
class History:
    """The visits of the last day, oldest first, in memory and in a file."""

    path: Path
    visits: list[Mapping[str, Any]] = field(default_factory=list)

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

    def add(self, visit: Visit) -> None:
        """Remember a visit, and forget what is older than a day."""
        line: dict[str, Any] = {
            "t": round(visit.checked),
            "service": visit.service,
            "ok": visit.ok,
            "ms": visit.total_ms,
        }
        if not visit.ok:
            line.update(stage=visit.stage, detail=visit.detail[:_MOST_WORDS])
        self.visits.append(line)
        if self.visits[0]["t"] < visit.checked - DAY - _SLACK:
            self.visits = [old for old in self.visits if old["t"] > visit.checked - DAY]
            replace(self.path, "".join(json.dumps(old) + "\n" for old in self.visits))
            return
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

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
