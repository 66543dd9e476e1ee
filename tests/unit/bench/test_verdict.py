"""When a bar is met."""

import pytest

from bench.rows import Better, Row
from bench.statistics import Figure
from bench.verdict import meets


def row(better: Better = "less") -> Row:
    return Row(name="x", work="w", key="k", unit="", bar=1.1, goal=None, better=better)


def figure(value: float, spread: float | None = None) -> Figure:
    return Figure(value=value, least=value, middle=value, greatest=value, n=1, spread=spread)


@pytest.mark.parametrize(
    ("value", "spread", "met"),
    [
        (1.1, None, True),
        (1.2, None, False),
        (1.2, 1.2, True),  # the direct path differs from itself by as much
        (1.21, 1.2, False),
    ],
)
def test_less_is_better(value: float, spread: float | None, *, met: bool) -> None:
    assert meets(row(), figure(value, spread), 1.1) is met


@pytest.mark.parametrize(
    ("value", "spread", "met"),
    [(0.7, None, True), (0.69, None, False), (0.69, 1.5, True), (0.6, 1.5, False)],
)
def test_more_is_better(value: float, spread: float | None, *, met: bool) -> None:
    assert meets(row("more"), figure(value, spread), 0.7) is met


def test_what_is_not_demanded_is_neither_met_nor_missed() -> None:
    assert meets(row(), figure(5), None) is None
