"""When a connection is believed, and when it is in doubt."""

import pytest

from components.holder.heartbeats import INTERVAL, PATIENCE, Heartbeats


def answered(round_trip: float) -> Heartbeats:
    """A connection whose first question was answered."""
    beats = Heartbeats()
    beats.answer(beats.ask(0.0), round_trip)
    return beats


def test_a_question_is_due_at_once_and_then_at_each_interval() -> None:
    beats = Heartbeats()

    assert beats.due(0.0)
    beats.ask(0.0)
    assert not beats.due(INTERVAL - 0.01)
    assert beats.due(INTERVAL)


def test_connections_that_began_apart_are_asked_together() -> None:
    one, other = Heartbeats(), Heartbeats()
    one.ask(3.1)
    other.ask(3.3)

    assert one.next_look() == other.next_look() == 3.5


def test_the_next_look_is_for_a_question_or_for_a_doubt() -> None:
    beats = answered(0.02)
    assert beats.next_look() == INTERVAL

    beats.ask(1.0)
    beats.ask(1.5)
    assert beats.next_look() == pytest.approx(1.0 + PATIENCE + 4 * 0.02)
    assert not beats.in_doubt(beats.next_look() - 0.001)
    assert beats.in_doubt(beats.next_look() + 0.001)


def test_a_connection_that_was_answered_is_not_in_doubt_however_long_nobody_asks() -> None:
    assert not answered(0.02).in_doubt(100.0)


def test_silence_counts_from_the_oldest_open_question() -> None:
    beats = answered(0.02)
    beats.ask(1.0)
    beats.ask(1.5)

    assert beats.silent(1.7) == pytest.approx(0.7)


def test_doubt_comes_after_the_patience_and_some_round_trips_of_this_line() -> None:
    near, far = answered(0.02), answered(0.3)
    near.ask(1.0)
    far.ask(1.0)

    assert not near.in_doubt(1.0 + PATIENCE)
    assert near.in_doubt(1.0 + PATIENCE + 0.1)
    assert not far.in_doubt(1.0 + PATIENCE + 1.1)
    assert far.in_doubt(1.0 + PATIENCE + 1.3)


def test_an_answer_stands_for_the_questions_before_it() -> None:
    beats = answered(0.02)
    beats.ask(1.0)
    beats.answer(beats.ask(1.5), 1.52)

    assert beats.silent(9.0) == 0.0


def test_an_answer_nobody_asked_for_changes_nothing() -> None:
    beats = Heartbeats()
    beats.ask(0.0)
    beats.answer(77, 0.1)

    assert beats.answered is None
    assert beats.silent(1.0) == 1.0


def test_the_round_trip_is_smoothed() -> None:
    beats = answered(0.1)
    beats.answer(beats.ask(1.0), 1.9)

    assert beats.round_trip == pytest.approx(0.2)
