"""Runs one work on a bed, each try or turn a sample; one that fails is a sample, too."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench import capacity, generator
from bench.recovery import recover
from bench.rounds import LOAD_BY_NAME, TURNS, run_rounds
from bench.rows import fault_of
from bench.survivors import calls_when_one_dies, streams_over_dead_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bench.bed import Bed
    from bench.samples import Sample, Samples

ROUNDS = 5
HOLD_SECONDS = 60.0
PLAIN_HELD = 1_200  # it ends near 1,000
TRY_SECONDS = 8.0  # what a try takes beside its fault
STREAMS_SECONDS = 22.0


_TRIES: dict[str, Callable[[Bed], Sample]] = {
    "one-killed": calls_when_one_dies,
    "idle": capacity.idle,
    "generator": generator.alone,
}


@dataclass(frozen=True, kw_only=True)
class Effort:
    """How much is done.

    `n` tries or rounds, or as many as the list says; `quick` makes them short and few. After
    `deadline` (of the monotonic clock) no further one begins, but the first of a quick work;
    once `stopped` is set, none.
    """

    n: int | None = None
    quick: bool = False
    deadline: float = float("inf")
    stopped: threading.Event = field(default_factory=threading.Event)

    def tries(self, work: str) -> int:
        """How many tries or rounds of a work."""
        if self.n:
            return self.n
        if self.quick or work in {"idle", "generator"}:
            return 1
        if load := LOAD_BY_NAME.get(work):
            return load.rounds
        fault = fault_of(work)
        return fault.n if fault else ROUNDS


def needs_paths(work: str) -> bool:
    """Whether it compares: the direct path and the plain tunnel must be there."""
    return work in {*LOAD_BY_NAME, "hold"}


def needs_quiet(work: str) -> bool:
    """Whether nothing else may run beside it."""
    fault = fault_of(work)
    return needs_paths(work) or work in {"idle", "generator"} or (fault is not None and fault.quiet)


def seconds_of(work: str) -> float:
    """About how long one try of a work takes that needs no paths."""
    fault = fault_of(work)
    if fault:
        return TRY_SECONDS + fault.seconds
    if work.startswith("streams-dead-"):
        return STREAMS_SECONDS + float(work.rpartition("-")[2])
    return 2 * TRY_SECONDS + capacity.IDLE_SECONDS * (work == "idle")


def try_once(bed: Bed, work: str) -> Sample:
    """One try of a work that needs no paths; raises whatever went wrong."""
    fault = fault_of(work)
    if fault:
        return recover(bed, fault)
    if work.startswith("streams-dead-"):
        return streams_over_dead_line(bed, float(work.rpartition("-")[2]))
    return _TRIES[work](bed)


def run_tries(
    bed: Bed, work: str, numbers: Iterable[int], samples: Samples, effort: Effort
) -> None:
    """Tries of a work that needs no paths."""
    for position, number in enumerate(numbers):
        if effort.stopped.is_set():
            return
        # A look has one figure of everything, however slow the machine is.
        due = position == 0 and effort.quick
        if time.monotonic() > effort.deadline and not due:
            samples.add(work, {"try": number, "error": "out of time"})
            return
        sample = _caught(lambda: try_once(bed, work))
        if "error" in sample and effort.stopped.is_set():
            return  # its lab may have been taken away
        samples.add(work, {"try": number, **sample})


def run_compared(bed: Bed, work: str, samples: Samples, effort: Effort) -> None:
    """The rounds of a work that compares; the bed is inside `all_paths`."""
    rounds = effort.tries(work)
    if work == "hold":
        _hold(bed, samples, effort, rounds)
        return
    load = LOAD_BY_NAME[work]
    seconds = load.quick_seconds if effort.quick else load.seconds
    run_rounds(bed, load, samples, rounds=rounds, seconds=seconds, deadline=effort.deadline)


def _caught(attempt: Callable[[], Sample]) -> Sample:
    try:
        return attempt()
    except Exception as error:  # noqa: BLE001 - reported in the table; the run goes on
        return {"error": f"{type(error).__name__}: {error}"}


def _hold(bed: Bed, samples: Samples, effort: Effort, rounds: int) -> None:
    """Opening in every round; only in the first one the tunnel's are held the whole time."""
    held = capacity.QUICK_HELD if effort.quick else capacity.HELD
    for number in range(rounds):
        if number and time.monotonic() > effort.deadline:
            return
        for path in TURNS:
            if path == "plain" and number:
                continue
            whole = path == "tunnel" and not number and not effort.quick
            sample = _caught(
                lambda path=path, whole=whole: capacity.hold(  # type: ignore[misc] # bound now
                    bed,
                    path,
                    total=min(held, PLAIN_HELD) if path == "plain" else held,
                    seconds=HOLD_SECONDS if whole else 1.0,
                )
            )
            samples.add("hold", {"round": number, "path": path, "whole": whole, **sample})
