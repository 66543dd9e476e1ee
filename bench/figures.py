"""From the raw samples of a work to the figures of its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.rounds import rounds_of
from bench.statistics import Figure, compared, median, percentile, summarised

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bench.samples import Sample

Figures = dict[str, Figure]


def figures_of(work: str, samples: Sequence[Sample]) -> Figures:
    """The figures of a work, by the rows' keys.

    Raises ValueError with the first error when no sample is good.
    """
    if work.startswith("recovery-"):
        return _recovery(_good(samples))
    if work.startswith("streams-dead-"):
        return _survivors(_good(samples))
    return _OTHERS[work](samples)


def _good(samples: Sequence[Sample]) -> list[Sample]:
    good = [sample for sample in samples if "error" not in sample]
    if not good:
        errors = [sample["error"] for sample in samples]
        raise ValueError(errors[0] if errors else "not measured")
    return good


def _recovery(samples: Sequence[Sample]) -> Figures:
    seconds = [sample["seconds"] for sample in samples]
    return {"median": summarised(seconds), "worst": summarised(seconds, value=max(seconds))}


def later_tries(works: Iterable[Sequence[Sample]]) -> Figure | None:
    """How much slower the later half of the tries was than the first (s, by their medians).

    The worst of several recoveries counts: a wait that grows from fault to fault shows here, and in
    no median. None when nothing was tried twice.

    Args:
        works: The samples of each recovery; tries that failed are told in its own rows.
    """
    slower = []
    for samples in works:
        good = [sample for sample in samples if "error" not in sample]
        seconds = [one["seconds"] for one in sorted(good, key=lambda one: one["try"])]
        if half := len(seconds) // 2:
            slower.append(median(seconds[-half:]) - median(seconds[:half]))
    return summarised(slower, value=max(slower)) if slower else None


def lapses(works: Iterable[Sequence[Sample]]) -> Figure | None:
    """How many calls failed after the first good one, in each recovery; the sum counts.

    None without a good sample.
    """
    each = [
        float(sum(sample["failed_later"] for sample in samples if "failed_later" in sample))
        for samples in works
        if any("failed_later" in sample for sample in samples)
    ]
    return summarised(each, value=sum(each)) if each else None


def _survivors(samples: Sequence[Sample]) -> Figures:
    alive = [float(sample["alive"]) for sample in samples]
    again = [max(sample["again"], default=float("inf")) for sample in samples]
    return {"alive": summarised(alive, value=min(alive)), "again": summarised(again)}


def _one_killed(samples: Sequence[Sample]) -> Figures:
    failed = [float(sample["failed"]) for sample in _good(samples)]
    return {"failed": summarised(failed, value=max(failed))}


def _latency(samples: Sequence[Sample]) -> Figures:
    def taken(share: float) -> Callable[[Sample], float]:
        return lambda sample: percentile(sample["rtt_us"], share) / 1000

    return {
        "added_p50": compared(rounds_of(samples, taken(0.5)), how="difference"),
        "p99_ratio": compared(rounds_of(samples, taken(0.99)), how="ratio"),
    }


def _streams(samples: Sequence[Sample]) -> Figures:
    good = _good(samples)

    def back(path: str) -> list[float]:
        return [100 * one["back"] / one["sent"] for one in good if one["path"] == path]

    plain = back("plain")
    figure = summarised(back("tunnel"), plain=median(plain) if plain else None)
    return {**_latency(samples), "back": figure}


def _fifty(samples: Sequence[Sample]) -> Figures:
    """Latency, and CPU time for each frame that came back, against the plain tunnel's."""

    def per_frame(one: Sample) -> float:
        return float(one["tunnel_cpu_seconds"] / one["back"])

    good = _good(samples)
    cost = {
        path: {one["round"]: per_frame(one) for one in good if one["path"] == path}
        for path in ("tunnel", "plain")
    }
    both = [
        cost["tunnel"][number] / cost["plain"][number]
        for number in cost["tunnel"]
        if number in cost["plain"]
    ]
    return {**_latency(samples), **({"cpu_ratio": summarised(both)} if both else {})}


def _rates(amount: str) -> Callable[[Sequence[Sample]], Figures]:
    def rate(sample: Sample) -> float:
        return float(sample[amount] / sample["seconds"])

    return lambda samples: {"rate_ratio": compared(rounds_of(samples, rate), how="ratio")}


def _hold(samples: Sequence[Sample]) -> Figures:
    good = _good(samples)
    tunnel = [one for one in good if one["path"] == "tunnel"]
    if not tunnel:
        raise ValueError(next(one["error"] for one in samples if "error" in one))
    held = [_kept(one) for one in tunnel]
    plain = [float(one["opened"]) for one in good if one["path"] == "plain"]
    whole = max(tunnel, key=lambda one: one["whole"])
    # A process keeps the memory that it once took: the rounds after the first cost nothing more.
    memory = [float(one["mb_per_1000"]) for one in tunnel]
    return {
        "held": summarised(held, value=_kept(whole), plain=median(plain) if plain else None),
        "opening_ratio": compared(
            rounds_of(samples, lambda one: float(one["open_seconds"])), how="ratio"
        ),
        "mb_per_1000": summarised(memory, value=max(memory)),
        "vps_mb": summarised([one["vps_mb"] for one in tunnel]),
    }


def _kept(one: Sample) -> float:
    """WebSockets that were opened and neither ended nor lost a frame (a lost one counts whole)."""
    return float(one["opened"] - max(one["lost"], one["sent"] - one["back"]))


def _idle(samples: Sequence[Sample]) -> Figures:
    good = _good(samples)
    return {
        key: summarised([one[key] for one in good]) for key in ("vps_mb", "tunnel_mb", "tunnel_cpu")
    }


def _generator(samples: Sequence[Sample]) -> Figures:
    good = _good(samples)
    return {
        "p99": summarised([percentile(one["rtt_us"], 0.99) / 1000 for one in good]),
        "cpu_us": summarised([one["frames_cpu_seconds"] / one["frames"] * 1e6 for one in good]),
        "connections": summarised([one["connections"] for one in good]),
        "mbit": summarised([one["mbit"] for one in good]),
    }


_OTHERS: dict[str, Callable[[Sequence[Sample]], Figures]] = {
    "latency-1": _latency,
    "latency-5": _latency,
    "latency-50": _fifty,
    "lossy-50": _streams,
    "beside-download": _latency,
    "downloads-lossy": _rates("bytes"),
    "download-clean": _rates("bytes"),
    "connections": _rates("done"),
    "one-killed": _one_killed,
    "hold": _hold,
    "idle": _idle,
    "generator": _generator,
}
