"""Runs one work on a bed, `n` times, each try a sample; a try that fails is one, too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench import capacity
from bench.paths import all_paths
from bench.recovery import recover
from bench.rounds import LOAD_BY_NAME, TURNS, run_rounds
from bench.rows import fault_of
from bench.survivors import calls_when_one_dies, streams_over_dead_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.bed import Bed
    from bench.samples import Sample, Samples

ROUNDS = 5
HOLD_SECONDS = 60.0
PLAIN_HELD = 2_000  # it ends near 1,000


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How much is done: `n` tries (None: as the list says), short ones for a quick look."""

    n: int | None = None
    quick: bool = False

    def tries(self, usual: int) -> int:
        """How many tries of what is usually done so often."""
        return self.n or (1 if self.quick else usual)


def needs_paths(work: str) -> bool:
    """Whether it compares: the direct path and the plain tunnel must be there."""
    return work in LOAD_BY_NAME or work == "hold"


def run_work(bed: Bed, work: str, samples: Samples, effort: Effort) -> None:
    """Do a work on a bed; `needs_paths` says whether it must be inside `all_paths`."""
    fault = fault_of(work)
    if fault is not None:
        _repeat(work, samples, effort.tries(fault.n), lambda: recover(bed, fault))
    elif work.startswith("streams-dead-"):
        seconds = float(work.rpartition("-")[2])
        again = lambda: streams_over_dead_line(bed, seconds)  # noqa: E731 - one of several
        _repeat(work, samples, effort.tries(ROUNDS), again)
    elif work == "one-killed":
        _repeat(work, samples, effort.tries(ROUNDS), lambda: calls_when_one_dies(bed))
    elif work == "idle":
        _repeat(work, samples, effort.tries(1), lambda: capacity.idle(bed))
    elif work == "hold":
        _hold(bed, samples, effort)
    else:
        load = LOAD_BY_NAME[work]
        seconds = load.quick_seconds if effort.quick else load.seconds
        run_rounds(bed, load, samples, rounds=effort.tries(ROUNDS), seconds=seconds)


def run_works(
    bed: Bed, works: list[str], samples: Samples, effort: Effort, report: Callable[[str], None]
) -> None:
    """Several on one bed; what compares has its paths."""
    for work in works:
        report(f"{bed.lab}: {work}")
        if needs_paths(work):
            with all_paths(bed):
                run_work(bed, work, samples, effort)
        else:
            run_work(bed, work, samples, effort)


def _repeat(work: str, samples: Samples, n: int, attempt: Callable[[], Sample]) -> None:
    for number in range(n):
        samples.add(work, {"try": number, **_caught(attempt)})


def _caught(attempt: Callable[[], Sample]) -> Sample:
    try:
        return attempt()
    except Exception as error:  # noqa: BLE001 - reported in the table; the run goes on
        return {"error": f"{type(error).__name__}: {error}"}


def _hold(bed: Bed, samples: Samples, effort: Effort) -> None:
    """Opening in every round; only in the last one the tunnel's are held the whole time."""
    capacity.add_visitors(bed)
    rounds = effort.tries(ROUNDS)
    for number in range(rounds):
        for path in TURNS:
            full = path == "tunnel" and number == rounds - 1 and not effort.quick
            seconds = HOLD_SECONDS if full else 1.0
            total = capacity.QUICK_HELD if effort.quick else capacity.HELD
            if path == "plain":
                if number:
                    continue
                total = min(total, PLAIN_HELD)
            sample = _caught(lambda: capacity.hold(bed, path, total=total, seconds=seconds))  # noqa: B023 - called at once
            samples.add("hold", {"round": number, "path": path, "held_seconds": seconds, **sample})
