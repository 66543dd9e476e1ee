"""Medians, percentiles and comparisons with the direct path."""

import pytest

from bench.statistics import Round, compared, percentile, summarised


def test_a_percentile_is_the_smallest_value_that_the_share_does_not_exceed() -> None:
    values = [float(value) for value in range(100, 0, -1)]

    assert percentile(values, 0.5) == 50
    assert percentile(values, 0.99) == 99
    assert percentile(values, 1) == 100
    assert percentile([7.0], 0.99) == 7


def test_nothing_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="percentile of nothing"):
        percentile([], 0.5)


def test_the_median_counts_unless_another_value_is_named() -> None:
    assert summarised([3.0, 1.0, 2.0]).value == 2
    worst = summarised([3.0, 1.0, 2.0], value=3.0)

    assert (worst.value, worst.least, worst.middle, worst.greatest, worst.n) == (3, 1, 2, 3, 3)


def test_a_ratio_is_against_the_mean_of_the_two_direct_measures_of_its_round() -> None:
    rounds = [
        Round(direct=(10, 30), tunnel=40, plain=60),
        Round(direct=(10, 10), tunnel=10, plain=20),
        Round(direct=(10, 15), tunnel=50),
    ]

    figure = compared(rounds, how="ratio")

    assert (figure.least, figure.value, figure.greatest) == (1, 2, 4)
    assert figure.spread == 1.5
    assert figure.plain == 2.5


def test_a_difference_has_its_spread_in_the_same_unit() -> None:
    figure = compared([Round(direct=(20, 21), tunnel=22.5)], how="difference")

    assert figure.value == 2
    assert figure.spread == 1
    assert figure.plain is None
