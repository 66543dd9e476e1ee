"""From what is wrong now to what is told: once when it has lasted, once when it is over."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .files import KeptFile


@dataclass(frozen=True)
class Fault:
    """Something that is wrong now.

    Attributes:
        key: "service:NAME", "tunnel", "wsl-host" or "certificate".
        text: What is wrong, for people.
        patience: Seconds it must last before it is told.
    """

    key: str
    text: str
    patience: float


@dataclass
class Incident:
    """A fault that began at `since` (unix seconds); `told` once it has lasted."""

    key: str
    text: str
    since: float
    told: bool = False


@dataclass(frozen=True)
class News:
    """What is to be told: an incident that begins (`over` is false) or ends."""

    key: str
    text: str
    since: float
    time: float
    over: bool


@dataclass
class Incidents:
    """All that is wrong, remembered over restarts so that nothing is told twice."""

    path: Path
    current: dict[str, Incident] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._file = KeptFile(self.path)

    def load(self) -> None:
        """Read what an earlier run left; what cannot be read is begun anew.

        What was not told yet is forgotten: nobody has seen whether it lasted meanwhile.
        """
        try:
            raw = [Incident(**entry) for entry in json.loads(self.path.read_text(encoding="utf-8"))]
            self.current = {incident.key: incident for incident in raw if incident.told}
        except (OSError, ValueError, TypeError):
            self.current = {}

    @property
    def told(self) -> list[Incident]:
        """Those that have lasted, oldest first."""
        return sorted(
            (incident for incident in self.current.values() if incident.told),
            key=lambda incident: incident.since,
        )

    def take(self, faults: Iterable[Fault], now: float) -> list[News]:
        """What is new with these faults. `save` it once it cannot get lost any more."""
        news: list[News] = []
        wrong = {fault.key: fault for fault in faults}
        for key, fault in wrong.items():
            incident = self.current.setdefault(key, Incident(key, fault.text, now))
            incident.text = fault.text
            if not incident.told and now - incident.since >= fault.patience:
                incident.told = True
                news.append(News(key, fault.text, incident.since, now, over=False))
        for key in [key for key in self.current if key not in wrong]:
            incident = self.current.pop(key)
            if incident.told:
                news.append(News(key, incident.text, incident.since, now, over=True))
        return news

    def save(self) -> None:
        """Remember for the next run what is wrong and what of it was told."""
        self._file.keep(json.dumps([asdict(incident) for incident in self.current.values()]))
