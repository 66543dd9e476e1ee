"""When a connection is believed, and when it is in doubt."""

from collections.abc import Callable

import pytest

from components.holder.heartbeats import INTERVAL, PATIENCE, Heartbeats


def answered(round_trip: float) -> Heartbeats:
    """A connection that is up, and whose next question was answered: it has told the round trip."""
    beats = Heartbeats()
    beats.answer(beats.ask(0.0), round_trip)
    beats.answer(beats.ask(INTERVAL), INTERVAL + round_trip)
    return beats


def is_prompt(beats: Heartbeats, now: float) -> bool:
    """Whether a question that is asked now, and gets no answer, is a doubt in time."""
    beats.ask(now)
    return not beats.in_doubt(now + PATIENCE) and beats.in_doubt(now + PATIENCE + 0.2)


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
    assert beats.next_look() == 2 * INTERVAL

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


def test_what_waited_for_the_handshake_is_no_round_trip() -> None:
    """The first question is asked before ssh has started, and lies in the pipe until it is read."""
    beats = Heartbeats()
    early = [beats.ask(0.0), beats.ask(0.5), beats.ask(1.0)]
    for number in early:
        beats.answer(number, 1.2)
    assert beats.round_trip is None

    beats.answer(beats.ask(1.5), 1.52)

    assert beats.round_trip == pytest.approx(0.02)
    assert is_prompt(beats, 2.0)


def test_until_the_round_trip_is_known_the_shortest_wait_of_the_first_stands_for_it() -> None:
    far = 0.8
    beats = Heartbeats()
    early = [beats.ask(step * INTERVAL) for step in range(5)]
    for number in early[:3]:  # the shell over there reads them at 1.4
        beats.answer(number, 2.2)

    assert not beats.in_doubt(2.3)
    beats.answer(early[3], 1.5 + far)
    beats.ask(2.5)
    assert not beats.in_doubt(2.7)
    beats.answer(early[4], 2.0 + far)
    assert beats.silent(3.3) == pytest.approx(far)
    assert not beats.in_doubt(3.3)


@pytest.mark.parametrize("waited", [0.02, 0.2, 0.48])
@pytest.mark.parametrize("questions", [3, 10, 100])
def test_what_waited_in_a_silence_is_no_round_trip(questions: int, waited: float) -> None:
    beats = answered(0.02)
    asked = [beats.ask(1.0 + step * INTERVAL) for step in range(questions)]
    back = 1.0 + (questions - 1) * INTERVAL + waited
    for milliseconds, number in enumerate(asked):
        beats.answer(number, back + milliseconds / 1000)

    assert beats.round_trip == pytest.approx(0.02)
    assert is_prompt(beats, back + 1.0)


def test_a_silence_before_the_round_trip_is_known_tells_none() -> None:
    beats = Heartbeats()
    beats.answer(beats.ask(0.0), 0.2)
    for number in [beats.ask(1.0 + step * INTERVAL) for step in range(10)]:
        beats.answer(number, 5.6)
    assert beats.round_trip is None

    beats.answer(beats.ask(6.0), 6.02)

    assert is_prompt(beats, 6.5)


def doubts(beats: Heartbeats, asked: float, seconds: float, waits: Callable[[int], float]) -> int:
    """How many looks of so many seconds find a doubt; the wait of each question is given."""
    coming: list[tuple[float, int]] = []
    found = 0
    for look in range(round(seconds * 100)):
        now = asked + look / 100
        if look % round(INTERVAL * 100) == 0:
            coming.append((now + waits(look), beats.ask(now)))
        while coming and coming[0][0] <= now:
            when, number = coming.pop(0)
            beats.answer(number, when)
        found += beats.in_doubt(now)
    return found


@pytest.mark.parametrize("far", [0.3, 0.8, 2.0])
def test_a_far_line_on_which_a_question_is_always_open_is_not_in_doubt(far: float) -> None:
    """From its first answer on; the questions before it have waited for the handshake."""
    beats = Heartbeats()
    up = 5.0
    early = [beats.ask(step * INTERVAL) for step in range(10)]
    for step, number in enumerate(early):
        beats.answer(number, max(up, step * INTERVAL + far))

    assert doubts(beats, up, 60.0, lambda _: far) == 0
    assert beats.round_trip == pytest.approx(far)


def test_a_line_that_has_become_slow_is_not_in_doubt_for_long() -> None:
    """Somebody fills the line at home: each answer is late, and they come one by one."""
    beats = answered(0.02)
    doubts(beats, 1.0, 5.0, lambda _: 2.0)

    assert doubts(beats, 6.0, 60.0, lambda _: 2.0) == 0


def test_answers_that_come_in_pairs_without_a_doubt_count_as_any() -> None:
    beats = answered(0.2)

    assert doubts(beats, 1.0, 60.0, lambda look: 1.02 - look % 100 / 100) == 0
    assert beats.round_trip == pytest.approx(0.77, abs=0.04)  # of 1.02 and 0.52
