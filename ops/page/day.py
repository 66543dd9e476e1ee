"""The canary's last 24 hours, as bars."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

BARS = 96
DAY = 86400.0


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A quarter of an hour.

    Attributes:
        state: ok, failed, mixed, or none where nobody looked.
        height: Of its latency, 0 to 1 of the highest.
        told: What it says when one points at it.
    """

    state: str
    height: float
    told: str


@dataclass(frozen=True, kw_only=True)
class Day:
    """One service's bars, oldest first; `share` of the visits that succeeded, None without any."""

    bars: tuple[Bar, ...]
    share: float | None
    p50_ms: float | None


def day_of(buckets: Sequence[Mapping[str, Any]], now: float) -> Day:
    """Bars from the watcher's buckets: start, ok, failed, ms."""
    by_place: dict[int, Mapping[str, Any]] = {}
    for bucket in buckets:
        middle = bucket["start"] + DAY / BARS / 2
        place = BARS - 1 - int((now - middle) // (DAY / BARS))
        if 0 <= place < BARS:
            by_place[place] = bucket
    highest = max((bucket["ms"] or 0.0 for bucket in by_place.values()), default=0.0)
    good = sum(bucket["ok"] for bucket in by_place.values())
    all_of_them = good + sum(bucket["failed"] for bucket in by_place.values())
    times = sorted(bucket["ms"] for bucket in by_place.values() if bucket["ms"])
    return Day(
        bars=tuple(_bar(by_place.get(place), place, highest) for place in range(BARS)),
        share=good / all_of_them if all_of_them else None,
        p50_ms=times[len(times) // 2] if times else None,
    )


def _bar(bucket: Mapping[str, Any] | None, place: int, highest: float) -> Bar:
    ago = (BARS - place) * DAY / BARS / 3600
    when = f"{ago:.1f} h ago" if ago >= 1 else f"{ago * 60:.0f} min ago"
    if bucket is None or not bucket["ok"] + bucket["failed"]:
        return Bar(state="none", height=0.0, told=f"{when}: nobody looked")
    state = "ok" if not bucket["failed"] else "failed" if not bucket["ok"] else "mixed"
    told = f"{when}: {bucket['ok']} of {bucket['ok'] + bucket['failed']} visits succeeded"
    if bucket["ms"]:
        told += f", {bucket['ms']:.0f} ms"
    # Never too low to be seen.
    height = 0.25 + 0.75 * (bucket["ms"] or 0.0) / highest if highest else 1.0
    return Bar(state=state, height=1.0 if state == "failed" else height, told=told)
