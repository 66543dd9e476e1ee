"""How often a connection is tried."""

from components.holder.pace import (
    LONG_DEAD,
    PATIENCE,
    QUICK,
    REFUSED,
    SLOW,
    STEADY,
    Pace,
)


def next_try(pace: Pace, now: float) -> float:
    """Seconds from a try until the next one may start."""
    pace.tried(now)
    hundredths = 0
    while not pace.may_try(now + hundredths / 100 + 1e-6):
        hundredths += 1
    return hundredths / 100


def test_a_line_that_answers_is_tried_again_almost_at_once() -> None:
    assert next_try(Pace(0.0), 0.5) == QUICK


def test_a_dead_line_is_tried_several_times_a_second() -> None:
    assert next_try(Pace(0.0), 5.0) == STEADY


def test_a_line_that_has_been_dead_for_long_costs_less_and_is_still_tried_each_second() -> None:
    assert next_try(Pace(0.0), LONG_DEAD + 1) == SLOW <= 1


def test_it_never_gets_slower_than_that() -> None:
    pace = Pace(0.0)
    for number in range(1000):
        assert next_try(pace, 100.0 + number) == SLOW


def test_slow_lines_and_busy_machines_get_a_longer_try_in_turn() -> None:
    pace = Pace(0.0)

    given = [pace.tried(9.0 + number) for number in range(8)]

    assert given == [*PATIENCE, *PATIENCE]
    assert max(connect + handshake for connect, handshake in given) >= 10


def test_a_line_that_answers_again_lets_all_slots_try_at_once() -> None:
    pace = Pace(0.0)
    pace.tried(50.0)
    assert not pace.may_try(50.1)

    pace.answered(50.1)

    assert pace.may_try(50.1)
    assert pace.back == 50.1


def test_a_refusal_is_not_answered_by_trying_harder() -> None:
    """Debian 13's sshd locks an address out that fails too often."""
    pace = Pace(0.0)
    pace.refused(1.0)

    assert not pace.may_try(1.0 + REFUSED - 0.1)
    assert pace.may_try(1.0 + REFUSED)
