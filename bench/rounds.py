"""Interleaved rounds: the same load over every path in turn, the direct one twice a round."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bench.loads import CLEAN, LOADS, Load, set_home_line, take
from bench.statistics import Round

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bench.bed import Bed
    from bench.samples import Sample, Samples

TURNS = ("direct", "tunnel", "plain", "direct")
LOAD_BY_NAME = {load.name: load for load in LOADS}


def run_rounds(
    bed: Bed, load: Load, samples: Samples, *, rounds: int, seconds: float, deadline: float
) -> None:
    """Take `rounds` rounds of a load; every other one goes backwards. A failed turn is a sample.

    After `deadline` (of the monotonic clock) no second round begins.
    """
    set_home_line(bed, load.line)
    try:
        for number in range(rounds):
            if number and time.monotonic() > deadline:
                break
            for path in TURNS if number % 2 == 0 else reversed(TURNS):
                sample = _attempt(bed, load, path, seconds)
                samples.add(load.name, {"round": number, "path": path, **sample})
    finally:
        set_home_line(bed, CLEAN)


def _attempt(bed: Bed, load: Load, path: str, seconds: float) -> Sample:
    try:
        return take(bed, load, path, seconds)
    except Exception as error:  # noqa: BLE001 - reported in the table; the other turns go on
        return {"error": f"{type(error).__name__}: {error}"}


def rounds_of(samples: Sequence[Sample], measure: Callable[[Sample], float]) -> list[Round]:
    """The complete rounds of some samples, each turn measured.

    Raises ValueError with the first error when there is no complete round.
    """
    found = []
    for number in sorted({sample["round"] for sample in samples}):
        turns = [sample for sample in samples if sample["round"] == number]
        good = {
            path: [measure(turn) for turn in turns if turn["path"] == path and "error" not in turn]
            for path in ("direct", "tunnel", "plain")
        }
        if len(good["direct"]) == TURNS.count("direct") and good["tunnel"]:
            found.append(
                Round(
                    direct=(good["direct"][0], good["direct"][1]),
                    tunnel=good["tunnel"][0],
                    plain=good["plain"][0] if good["plain"] else None,
                )
            )
    if not found:
        errors = [sample["error"] for sample in samples if "error" in sample]
        raise ValueError(errors[0] if errors else "no complete round")
    return found
