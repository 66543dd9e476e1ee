"""`bin/ops latency`: spans, their differences, the guide's table, the advice."""

import pytest
import typer

from ops.day2 import latency as measuring
from ops.day2 import look_commands, looking
from ops.day2.latency import (
    SLOW_SERVICE,
    SPREADS,
    TOO_FAR,
    WHOLE,
    Span,
    advice,
    distance,
    minus,
    span,
)
from ops.exits import UNKNOWN


def spans(way: float | None, *, whole_p99: float = 40.0, service: float = 1.0) -> list[Span]:
    return [
        Span(name="whole way", p50=20.0, p99=whole_p99),
        Span(name="VPS to WSL host", p50=way, p99=way),
        Span(name="service", p50=service, p99=service),
    ]


def test_a_span_has_the_median_and_what_one_in_a_hundred_exceeds() -> None:
    taken = [float(number) for number in range(1, 201)]
    found = span("whole way", taken)

    assert (found.p50, found.p99, found.samples) == (100.5, 199.0, 200)
    assert span("whole way", [5.0]).p99 == 5.0


def test_without_samples_nothing_is_told() -> None:
    assert span("whole way", []).p50 is None
    assert minus("x", span("a", []), span("b", [1.0])).p50 is None
    assert minus("x", span("b", [1.0]), span("a", [])).p99 is None


def test_what_is_left_is_marked_as_a_difference_and_never_negative() -> None:
    left = minus("edge to VPS", span("a", [30.0]), span("b", [10.0]), span("c", [11.0]))

    assert (left.p50, left.derived) == (9.0, True)
    assert minus("x", span("a", [1.0]), span("b", [2.0])).p50 == 0.0


@pytest.mark.parametrize(
    ("way", "name"),
    [
        (5.0, "same city"),
        (15.0, "same city"),
        (15.1, "same country"),
        (60.0, "same continent"),
        (60.1, "farther"),
        (None, ""),
    ],
)
def test_the_distance_is_that_of_the_guides_table(way: float | None, name: str) -> None:
    assert distance(spans(way)) == name


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (spans(10.0), []),
        (spans(90.0), [TOO_FAR]),
        (spans(10.0, whole_p99=100.0), [SPREADS]),
        (spans(10.0, service=80.0), [SLOW_SERVICE]),
        (spans(None), []),
    ],
)
def test_the_advice_is_for_what_takes_too_long(found: list[Span], words: list[str]) -> None:
    assert advice(found) == words


@pytest.mark.parametrize(("taken", "code"), [([20.0], 0), ([], UNKNOWN)])
def test_a_whole_way_that_was_not_measured_is_told_by_the_exit_status(
    monkeypatch: pytest.MonkeyPatch, taken: list[float], code: int
) -> None:
    monkeypatch.setattr(looking, "find_subject", lambda _: None)
    parts = [span(WHOLE, taken), span("VPS to WSL host", []), span("service", [])]
    monkeypatch.setattr(measuring, "measure", lambda *_args, **_named: {"asr": parts})

    with pytest.raises(typer.Exit) as ended:
        look_commands.latency(as_json=True)

    assert ended.value.exit_code == code
