"""Which answer ends a recovery, and which frame ends a silence."""

import pytest

from bench.faults import Moment
from bench.recovery import Answer, counts
from bench.survivors import first_heard


@pytest.mark.parametrize(
    ("answer", "good"),
    [
        ((150, 210, 200), True),  # asked while the fault lasted, answered after it
        ((150, 190, 200), False),  # answered before its end
        ((90, 210, 200), False),  # asked before the fault
        ((150, 210, 502), False),
        ((150, 210, 0), False),
    ],
)
def test_a_recovery_ends_with_a_good_answer_after_the_fault(answer: Answer, *, good: bool) -> None:
    assert counts(answer, Moment(since=100, end=200)) is good


def test_a_stream_hears_again_with_the_first_frame_that_arrives_after_the_fault() -> None:
    second = 1_000_000_000
    rows = [
        (0, 1 * second, 20_000),  # before
        (0, 2 * second, 3_500_000),  # made before its end, heard 0.5 s after it
        (0, 6 * second, 20_000),
        (1, 4 * second, 20_000),
    ]

    assert first_heard(rows, 5 * second) == {0: pytest.approx(0.5)}
