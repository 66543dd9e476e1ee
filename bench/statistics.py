"""Medians, percentiles and ratios against the direct path, from raw samples."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Figure", "compared", "median", "percentile", "summarised"]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A measured figure: the one that counts, its least, middle and greatest, and how many.

    `spread` is the same comparison of the direct path with itself (1 or more for a ratio, 0 or
    more for a difference), None where there is none. `plain` is the plain tunnel's figure.
    """

    value: float
    least: float
    middle: float
    greatest: float
    n: int
    spread: float | None = None
    plain: float | None = None


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` (0 to 1) of the values do not exceed: nearest rank.

    Raises ValueError when there are no values.
    """
    if not values:
        raise ValueError("there is no percentile of nothing")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def summarised(
    values: Sequence[float],
    *,
    value: float | None = None,
    spread: float | None = None,
    plain: float | None = None,
) -> Figure:
    """The figure of some values; the median counts unless `value` says otherwise."""
    middle = median(values)
    return Figure(
        value=middle if value is None else value,
        least=min(values),
        middle=middle,
        greatest=max(values),
        n=len(values),
        spread=spread,
        plain=plain,
    )


@dataclass(frozen=True, kw_only=True)
class Round:
    """One round's measure of the same thing: the direct path twice, the tunnel, the plain one."""

    direct: tuple[float, float]
    tunnel: float
    plain: float | None = None


def compared(rounds: Sequence[Round], *, how: str) -> Figure:
    """The tunnel against the mean of the round's two direct measures.

    `how` is "ratio" or "difference". The spread is the median of what the two direct measures of
    a round differ by, in the same way.
    """

    def against(measure: float, base: float) -> float:
        return measure - base if how == "difference" else measure / base

    def base(one: Round) -> float:
        return sum(one.direct) / 2

    spread = median(against(max(one.direct), min(one.direct)) for one in rounds)
    plain = [against(one.plain, base(one)) for one in rounds if one.plain is not None]
    return summarised(
        [against(one.tunnel, base(one)) for one in rounds],
        spread=spread,
        plain=median(plain) if plain else None,
    )
