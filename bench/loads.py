"""The loads: for each its line, what is sent over it, and for how long."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bench import loader, paths, processes, visitors
from lab import links
from lab.line import Line

if TYPE_CHECKING:
    from bench.bed import Bed
    from bench.samples import Sample

CLEAN = Line()  # with the visitor's line a round trip of 20 ms
LOSSY = Line(delay_ms=20, loss=0.005)  # 50 ms
FAST = Line(rate_mbit=200)
LOSSY_FAST = Line(delay_ms=20, loss=0.005, rate_mbit=200)


@dataclass(frozen=True, kw_only=True)
class Load:
    """One work of the rounds: `what` the generator does, on which home line, with which options.

    `seconds` is how long it is measured, `quick_seconds` the same of `--quick`; `rounds` how often
    the full form does.
    """

    name: str
    what: str
    line: Line
    seconds: float
    quick_seconds: float = 2.0
    rounds: int = 5
    options: dict[str, str | float] = field(default_factory=dict)


LOADS = (
    # One stream wakes everything from idle, and how long that takes differs from minute to minute.
    Load(
        name="latency-1",
        what="streams",
        line=CLEAN,
        seconds=10,
        rounds=10,
        options={"streams": 1},
    ),
    Load(name="latency-5", what="streams", line=CLEAN, seconds=6, options={"streams": 5}),
    Load(name="latency-50", what="streams", line=CLEAN, seconds=6, options={"streams": 50}),
    Load(name="lossy-50", what="streams", line=LOSSY, seconds=8, options={"streams": 50}),
    Load(
        name="beside-download",
        what="streams",
        line=FAST,
        seconds=8,
        options={"streams": 1, "downloads": 1},
    ),
    Load(
        name="downloads-lossy",
        what="streams",
        line=LOSSY_FAST,
        seconds=6,
        options={"downloads": 8, "warmup": 2},
    ),
    Load(name="download-clean", what="streams", line=FAST, seconds=5, options={"downloads": 1}),
    Load(name="connections", what="connections", line=CLEAN, seconds=4, options=visitors.FROM_ALL),
)


def set_home_line(bed: Bed, line: Line) -> None:
    """Make the WSL host's line this one, both ways."""
    links.set_link(
        bed.lab,
        "home",
        delay_ms=line.delay_ms,
        jitter_ms=line.jitter_ms,
        loss=line.loss,
        rate_mbit=line.rate_mbit,
        queue_packets=line.queue_packets,
        queue_bytes=line.queue_bytes,
        down=line.down,
    )


def take(bed: Bed, load: Load, path: str, seconds: float) -> Sample:
    """One sample of a load over a path: the generator's summary, round trips in microseconds."""
    before = processes.cpu_seconds(bed, path)
    outcome = loader.run(
        bed.lab, load.what, **paths.call(bed, path, seconds=seconds, **load.options)
    )
    sample: dict[str, Any] = {
        **outcome.summary,
        "tunnel_cpu_seconds": processes.cpu_seconds(bed, path) - before,
    }
    if load.what == "streams" and load.options.get("streams"):
        sample["rtt_us"] = [row[2] for row in outcome.rows]
    return sample
