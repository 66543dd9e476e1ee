"""What lives through a fault: open WebSockets over a dead line, new calls while one dies."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bench import loader, paths
from bench.faults import inflict, kill_clients
from bench.loader import LoadError
from bench.recovery import GOOD, Poller, settle
from bench.rows import Fault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.bed import Bed
    from bench.samples import Sample

STREAMS = 20
BEFORE_SECONDS = 2.0
AFTER_SECONDS = 15.0
CALL_US = 10_000


def streams_over_dead_line(bed: Bed, seconds: float) -> Sample:
    """20 streams, a line that is dead for `seconds`: which live, and when they hear again.

    Raises LoadError when they do not all speak before it is dead: that is no fault of the line.
    """
    settle(bed)
    length = BEFORE_SECONDS + seconds + AFTER_SECONDS
    options = paths.call(bed, "tunnel", streams=STREAMS, warmup=0, seconds=length, grace=5)
    child = loader.start(bed.lab, "streams", **options)
    time.sleep(BEFORE_SECONDS)
    fault = Fault(name=f"dead-{seconds:g}", title="", n=1, seconds=seconds)
    with inflict(bed, fault) as moment:
        outcome = loader.finish(child)
    begun = len({stream for stream, made, _ in outcome.rows if made < moment.since})
    if begun < STREAMS:
        raise LoadError(f"{begun} of {STREAMS} streams spoke before the fault")
    heard = first_heard(outcome.rows, moment.end)
    return {
        **outcome.summary,
        "end": moment.end,
        "again": [round(second, 4) for second in heard.values()],
        "alive": len(heard),
        "frames": outcome.rows,
    }


def first_heard(rows: Sequence[Sequence[int]], end: int) -> dict[int, float]:
    """For each stream that hears again: seconds from the fault's end to its first frame.

    `rows` are the generator's: stream, made (ns), taken (us).
    """
    heard: dict[int, float] = {}
    for stream, made, taken in rows:
        after = (made + taken * 1000 - end) / 1e9
        if after >= 0:
            heard[stream] = min(after, heard.get(stream, after))
    return heard


def calls_when_one_dies(bed: Bed) -> Sample:
    """New calls, 100 a second, while one connection of the pool is killed: how many fail."""
    settle(bed)
    poller = Poller(bed, CALL_US)
    try:
        time.sleep(0.5)
        begin = time.monotonic_ns()
        pool = kill_clients(bed, 0)
        time.sleep(6)  # more than an answer may take
    finally:
        poller.stop()
    answers = [one for one in poller.answers if one[0] >= begin - 500_000_000]
    return {
        "pool": pool,
        "calls": len(answers),
        "failed": sum(one[2] != GOOD for one in answers),
        "slowest_ms": max((one[1] - one[0]) / 1e6 for one in answers),
    }
