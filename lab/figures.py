"""What rehearsals on this machine took: measured, kept in the cache, shown at the end of each."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lab.paths import cache_dir

FIRST_RUN = "first run, everything built"
WARM_RUN = "warm run, nothing to do"
FROM_NOTHING = "pulumi up from nothing"
OWN_SHARE = "  of which not boot or packages"
NO_OP = "pulumi up with nothing to do"
ORDER = (FIRST_RUN, WARM_RUN, FROM_NOTHING, OWN_SHARE, NO_OP)


@dataclass
class Figures:
    """The latest figure of each kind, in seconds, and which of them this run has measured."""

    seconds: dict[str, float] = field(default_factory=dict)
    fresh: set[str] = field(default_factory=set)

    @classmethod
    def load(cls) -> "Figures":
        """What earlier runs on this machine have left."""
        try:
            return cls(seconds=json.loads(_file().read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError):
            return cls()

    def record(
        self,
        parts: Mapping[str, float],
        *,
        total: float,
        first: bool,
        changed: bool,
        from_nothing: bool,
    ) -> None:
        """Take the figures of a run that succeeded.

        Args:
            parts: Seconds of "pulumi up", "pulumi up, nothing to do" and "waiting".
            total: Seconds of the whole command.
            first: Whether it began with an empty cache.
            changed: Whether `up` had anything to do.
            from_nothing: Whether it built the whole stack.
        """
        now: dict[str, float] = {}
        if first:
            now[FIRST_RUN] = total
        elif not changed:
            now[WARM_RUN] = total
        if from_nothing:
            now[FROM_NOTHING] = parts["pulumi up"]
            now[OWN_SHARE] = parts["pulumi up"] - parts["waiting"]
        now[NO_OP] = parts["pulumi up, nothing to do" if changed else "pulumi up"]
        self.seconds.update(now)
        self.fresh = set(now)
        _file().parent.mkdir(parents=True, exist_ok=True)
        _file().write_text(json.dumps(self.seconds, indent=1) + "\n", encoding="utf-8")

    def lines(self) -> list[str]:
        """One line per figure; what an earlier run measured is marked."""
        return [
            f"{name:34} {self.seconds[name]:7.1f} s" + ("" if name in self.fresh else "  (earlier)")
            for name in ORDER
            if name in self.seconds
        ]


def begun(environ: Mapping[str, str] = os.environ) -> float | None:
    """When the user pressed enter (seconds since the epoch), as bin/rehearse noted it.

    None when it did not, or not as a number.
    """
    # The shell writes it with the decimal sign of the user's language.
    found = re.fullmatch(r"(\d+)\D+(\d+)", environ.get("REHEARSAL_BEGUN", ""))
    return float(f"{found[1]}.{found[2]}") if found else None


def _file() -> Path:
    return cache_dir() / "figures.json"
