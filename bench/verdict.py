"""Whether a figure meets a bar or a goal."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.rows import Row
    from bench.statistics import Figure


def meets(row: Row, figure: Figure, demand: float | None) -> bool | None:
    """Whether the figure is as good as demanded; None when nothing is.

    A comparison that lies inside what the direct path differs from itself counts as met.
    """
    if demand is None:
        return None
    if row.better == "more":
        inside = figure.spread is not None and figure.value >= 1 / figure.spread
        return figure.value >= demand or inside
    return figure.value <= demand or (figure.spread is not None and figure.value <= figure.spread)
