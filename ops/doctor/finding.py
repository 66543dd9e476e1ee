"""One thing that was checked, and how it stands."""

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "broken", "unknown"]
ORDER: tuple[Level, ...] = ("broken", "warning", "unknown", "ok")
"""The worst first."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One check.

    Attributes:
        check: What was looked at, in a person's words.
        level: warning: it works, and will not for long, or not well.
        evidence: What was seen.
        remedy: What to type or do; empty when it is ok.
    """

    check: str
    level: Level
    evidence: str
    remedy: str = ""
