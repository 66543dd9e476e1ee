"""What the watcher on the VPS found last, as it stands in its status file."""

from pydantic import BaseModel, ConfigDict, ValidationError

from ops.health.facts import Facts, Seen
from ops.health.requests import watcher_state

PATIENCE = 30.0
"""Seconds that a round may take beside its interval: visits, alerts, a busy machine."""


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True)


class Canary(_Told):
    """One service, as the watcher visits it; times in seconds since 1970.

    Attributes:
        stage: Where the last visit failed; empty when it went well.
        detail: What went wrong, in words.
        since: Since when it stands so; None before the first visit.
        checked: When the last visit began.
    """

    ok: bool
    stage: str = ""
    detail: str = ""
    since: float | None = None
    checked: float = 0.0

    @property
    def fails(self) -> bool:
        """Whether more than the last visit alone failed."""
        return not self.ok and self.since is not None and round(self.checked) > self.since


class Watched(_Told):
    """The last round.

    Attributes:
        time: When it was over, in seconds since 1970.
        interval: Seconds between two rounds.
        services: By name.
    """

    time: float = 0.0
    interval: float = 0.0
    services: dict[str, Canary] = {}

    def is_late(self, now: float) -> bool:
        """Whether the next round should have been over long ago; `now` by the VPS's clock."""
        return now - self.time > 2 * self.interval + PATIENCE


def watched(facts: Facts) -> Watched | None:
    """The last round; None where there was none, or nobody could read of it."""
    if not isinstance(facts.vps, Seen):
        return None
    told = facts.vps.facts.states.get(watcher_state(facts.operations))
    try:
        return Watched.model_validate(told)
    except ValidationError:
        return None
