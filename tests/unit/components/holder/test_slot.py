"""One slot of the pool: make before break, as data and without a network."""

from dataclasses import replace

import pytest

from components.holder.config import Config, Forward
from components.holder.failures import APART
from components.holder.heartbeats import INTERVAL
from components.holder.pace import PATIENCE, Pace
from components.holder.slot import (
    MOST_DRAINING,
    MOST_SILENT,
    PROVEN_DEAD,
    SILENT,
    TICK,
    UNUSED,
    Slot,
)
from tests.unit.components.holder.fakes import CONFIG, STEP, Fake


class Bench:
    """A slot, its clock, and every connection it made."""

    def __init__(self) -> None:
        self.now = 100.0
        self.made: list[Fake] = []
        self.line = True  # whether new connections get through
        self.said: list[str] = []
        self.did: list[str] = []  # questions and ends, in their order
        self.slot = Slot(0, CONFIG, Pace(self.now), self.dial, self.said.append)

    def dial(self, config: Config, _slot: int, letter: str) -> Fake:
        fake = Fake(config, letter, born=self.now, alive=self.line, did=self.did)
        self.made.append(fake)
        return fake

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP)):
            self.slot.tick(self.now)
            self.now = round(self.now + STEP, 3)

    @property
    def serving(self) -> Fake:
        assert isinstance(self.slot.serving, Fake)
        return self.slot.serving


@pytest.fixture
def bench() -> Bench:
    """A slot that serves."""
    made = Bench()
    made.run(1.0)
    assert made.slot.state(made.now) == "up"
    return made


def test_a_slot_that_serves_makes_no_second_connection(bench: Bench) -> None:
    bench.run(60.0)

    assert len(bench.made) == 1
    assert bench.slot.reconnects == 1


def test_a_slot_with_nothing_to_do_is_not_looked_at_before_its_next_question(bench: Bench) -> None:
    bench.run(STEP)

    assert bench.slot.next_look(bench.now) == bench.serving.beats.next_look() > bench.now


@pytest.mark.parametrize("trouble", ["ended", "silent", "told to move"])
def test_a_slot_in_trouble_is_looked_at_often(bench: Bench, trouble: str) -> None:
    match trouble:
        case "ended":
            bench.line, bench.serving.ended = False, True
            bench.run(STEP)
        case "silent":
            bench.serving.alive = bench.line = False
            bench.run(1.0)
        case "told to move":
            bench.slot.config = replace(CONFIG, directory="/run/other")

    assert bench.slot.next_look(bench.now) == bench.now + TICK


def test_a_slot_that_serves_and_drains_is_looked_at_no_more_often_than_one_that_serves(
    bench: Bench,
) -> None:
    drain(bench)

    assert bench.slot.next_look(bench.now) == bench.serving.beats.next_look() > bench.now


def test_the_streams_of_what_drains_are_counted_once_a_second(bench: Bench) -> None:
    """With 10,000 of them it takes a fifteenth of a second, in which nobody is answered."""
    one, other = drain(bench), drain(bench)
    before = one.asked, other.asked
    bench.run(60.0)

    assert 50 <= one.asked - before[0] <= 60
    assert 50 <= other.asked - before[1] <= 60


def test_a_client_that_was_killed_is_replaced_at_once(bench: Bench) -> None:
    bench.serving.ended = True
    bench.run(2 * STEP)

    assert len(bench.made) == 2
    assert bench.slot.state(bench.now) == "up"


def test_a_silent_connection_is_replaced_within_a_second_and_keeps_its_streams(
    bench: Bench,
) -> None:
    old = bench.serving
    old.alive, old.carried = False, 5

    bench.run(1.5)

    assert bench.serving is not old
    assert bench.serving.letter != old.letter
    assert old.draining
    assert not old.killed


def test_the_old_connection_is_ended_once_it_is_proven_dead(bench: Bench) -> None:
    old = bench.serving
    old.alive, old.carried = False, 5

    bench.run(PROVEN_DEAD)
    assert not old.killed
    bench.run(4.0)

    assert old.killed
    assert bench.slot.draining == []


def test_an_old_connection_that_speaks_again_keeps_its_streams_to_their_end(bench: Bench) -> None:
    old = bench.serving
    old.alive, old.carried = False, 5
    bench.run(10.0)
    old.alive = True
    bench.run(60.0)
    assert not old.killed

    old.carried = 0
    bench.run(2 * UNUSED)

    assert old.killed


def test_a_dead_line_is_tried_until_it_is_back(bench: Bench) -> None:
    bench.line = bench.serving.alive = False
    bench.run(600.0)
    assert len(bench.made) > 100

    bench.line = True
    bench.run(5.0)  # one try in four is a long one; another slot has its short ones meanwhile

    assert bench.slot.state(bench.now) == "up"


def test_a_doubt_that_passes_leaves_everything_as_it_was(bench: Bench) -> None:
    old = bench.serving
    bench.line = old.alive = False
    bench.run(0.9)
    assert len(bench.made) == 2

    old.alive = True
    bench.run(1.0)

    assert bench.serving is old
    assert bench.made[1].killed


def test_the_serving_connection_is_asked_before_a_try_that_is_not_needed_any_more_ends(
    bench: Bench,
) -> None:
    """The try may have the way on the VPS already, and its end closes it."""
    old = bench.serving
    bench.line = old.alive = False
    bench.run(0.9)
    assert len(bench.made) == 2
    assert not old.beats.due(bench.now)
    old.alive = True
    old.beats.answer(old.number, bench.now)
    bench.did.clear()

    bench.run(STEP)

    assert bench.did == [f"{old.letter} is asked", f"{bench.made[1].letter} ends"]


def test_a_line_in_doubt_is_not_asked_again_for_each_try_that_fails(bench: Bench) -> None:
    bench.line = bench.serving.alive = False
    bench.run(60.0)
    assert len(bench.made) > 20

    asked = bench.did.count(f"{bench.serving.letter} is asked")
    assert asked <= 61 / INTERVAL + 1


def test_a_try_that_hangs_is_given_up(bench: Bench) -> None:
    bench.line = bench.serving.alive = False
    bench.run(1.0)
    tried = bench.made[1]

    bench.run(max(map(sum, PATIENCE)) + STEP)

    assert tried.killed


def test_after_a_sleep_no_connection_is_believed(bench: Bench) -> None:
    old = bench.serving
    bench.slot.doubt()
    bench.run(2 * STEP)

    assert bench.serving is not old


def test_another_configuration_moves_new_streams_over_and_cuts_none(bench: Bench) -> None:
    old = bench.serving
    old.carried = 1
    bench.slot.config = replace(CONFIG, forwards=(*CONFIG.forwards, Forward("tts", "127.0.0.1:2")))
    bench.run(2.0)

    assert bench.serving.config == bench.slot.config
    assert old.draining
    assert not old.killed


def drain(bench: Bench, streams: int = 1) -> Fake:
    """The serving connection with its streams gives way to another one."""
    old = bench.serving
    old.carried = streams
    bench.slot.doubt()
    bench.run(2 * STEP)
    assert old.draining
    return old


def test_a_line_that_drops_again_and_again_keeps_a_bounded_number_of_connections(
    bench: Bench,
) -> None:
    for _ in range(10):
        bench.serving.alive, bench.serving.carried = False, 1
        bench.run(SILENT / 2)

    assert len(bench.slot.draining) <= MOST_SILENT + 3  # those whose silence is short yet
    assert not bench.serving.draining


def test_of_the_silent_the_one_that_was_silent_for_the_longest_makes_room(bench: Bench) -> None:
    answering = drain(bench)
    silent = []
    for _ in range(MOST_SILENT + 1):
        bench.serving.alive, bench.serving.carried = False, 1
        silent.append(bench.serving)
        bench.run(1.5)
    bench.run(SILENT)

    assert [old.killed for old in silent] == [True, *[False] * MOST_SILENT]
    assert not answering.killed


def test_long_streams_of_answering_connections_cost_the_one_in_doubt_none_of_its_own(
    bench: Bench,
) -> None:
    """After reloads and hiccups several drain for hours; the next hiccup is one like any other."""
    answering = [drain(bench) for _ in range(MOST_SILENT + 1)]
    doubted = bench.serving
    doubted.alive, doubted.carried = False, 100
    bench.run(PROVEN_DEAD - 1.0)
    assert not doubted.killed
    doubted.alive = True
    bench.run(60.0)

    assert not [old for old in (doubted, *answering) if old.killed]


def test_a_line_that_was_away_for_long_ends_none_of_many_that_drain(bench: Bench) -> None:
    many = [drain(bench) for _ in range(MOST_SILENT + 2)]
    everybody = [*many, bench.serving]
    bench.serving.carried = 1
    for one in everybody:
        one.alive = False
    bench.line = False
    bench.run(60.0)
    bench.line = True
    bench.run(SILENT - 1.0)  # TCP's own tries are some time apart
    for one in everybody:
        one.alive = True
    bench.run(60.0)

    assert bench.slot.state(bench.now) == "up"
    assert not [one for one in everybody if one.killed]


def test_of_too_many_that_answer_the_one_with_the_fewest_streams_makes_room(bench: Bench) -> None:
    many = [drain(bench, streams=3 if number == 5 else 9) for number in range(MOST_DRAINING)]
    assert not [old for old in many if old.killed]
    many.append(drain(bench, streams=4))
    bench.run(60.0)

    assert [number for number, old in enumerate(many) if old.killed] == [5]
    assert len(bench.slot.draining) == MOST_DRAINING


def test_a_refusal_is_said_and_waited_out(bench: Bench) -> None:
    bench.line = False
    bench.serving.ended = True
    bench.run(2 * STEP)
    refused = bench.made[-1]
    refused.refused = refused.ended = True
    refused.words = "Permission denied (publickey)."
    before = len(bench.made)

    bench.run(5.0)

    assert len(bench.made) == before
    assert "connection 0 refused: Permission denied (publickey)." in bench.said


def fail(bench: Bench, words: str, seconds: float = 1.0, *, refused: bool = False) -> None:
    """For so long every try ends with these words of ssh."""
    for _ in range(round(seconds / STEP)):
        bench.run(STEP)
        if bench.slot._trying is not None:
            bench.slot._trying.words, bench.slot._trying.ended = words, True
            bench.slot._trying.refused = refused


def told(bench: Bench) -> list[str]:
    """Why no connection could be made."""
    begin = "connection 0 cannot be made: "
    return [line.removeprefix(begin) for line in bench.said if line.startswith(begin)]


def test_why_no_connection_can_be_made_is_said_once_however_long_it_lasts(bench: Bench) -> None:
    bench.line = False
    bench.serving.ended = True
    fail(bench, "ssh: connect to host 203.0.113.16 port 22: Connection refused", 3600.0)

    assert len(bench.made) > 1000
    assert told(bench) == ["ssh: connect to host 203.0.113.16 port 22: Connection refused"]
    assert "cannot be made" in bench.said[-1]


def test_why_the_vps_refuses_is_said_once_however_long_it_lasts(bench: Bench) -> None:
    bench.line = False
    bench.serving.ended = True
    fail(bench, "tunnel@vps: Permission denied (publickey).", 3600.0, refused=True)

    assert 300 < len(bench.made) < 400
    said = [line for line in bench.said if "refused" in line]
    assert said == ["connection 0 refused: tunnel@vps: Permission denied (publickey)."]


def test_refusals_and_other_failures_in_turn_are_said_once_a_minute(bench: Bench) -> None:
    bench.line = False
    bench.serving.ended = True
    before = len(bench.said)
    for _ in range(60):
        fail(bench, "Connection timed out", 10.0)
        fail(bench, "Permission denied", 10.0, refused=True)

    said = bench.said[before:]
    assert 18 <= len(said) <= 22
    assert {"connection 0 refused: Permission denied"} < {*said}


def test_another_reason_is_said_within_a_minute_and_two_in_turn_once_a_minute(
    bench: Bench,
) -> None:
    bench.line = False
    bench.serving.ended = True
    fail(bench, "Connection timed out", 10.0)
    fail(bench, "no matching host key type found", APART - 15.0)
    assert told(bench) == ["Connection timed out"]
    fail(bench, "no matching host key type found", 10.0)
    assert told(bench)[1:] == ["no matching host key type found"]

    for _ in range(300):
        fail(bench, "Connection timed out", 1.0)
        fail(bench, "Connection refused", 1.0)
    assert 8 <= len(told(bench)[2:]) <= 11


def test_a_try_that_hangs_without_a_word_is_told_too(bench: Bench) -> None:
    bench.line = bench.serving.alive = False
    bench.run(30.0)

    assert told(bench) == ["no answer"]


def test_the_same_reason_is_news_once_a_connection_was_made(bench: Bench) -> None:
    bench.line = False
    bench.serving.ended = True
    fail(bench, "Connection refused", 10.0)
    bench.line = True
    bench.run(2 * APART)
    assert bench.slot.state(bench.now) == "up"
    bench.line = False
    bench.serving.ended = True
    fail(bench, "Connection refused", 10.0)

    assert told(bench) == ["Connection refused", "Connection refused"]


def test_what_is_told_of_a_slot_without_a_connection_is_down(bench: Bench) -> None:
    bench.line = False
    bench.serving.ended = True
    bench.run(1.0)

    assert bench.slot.state(bench.now) == "down"


def test_the_end_of_a_connection_that_carries_streams_is_said(bench: Bench) -> None:
    """bin/ops logs --streams knows by it what ended them."""
    bench.serving.alive, bench.serving.carried = False, 1
    bench.run(PROVEN_DEAD + 5.0)
    bench.serving.ended, bench.serving.words = True, "Connection closed by remote host"
    bench.run(STEP)

    assert [line for line in bench.said if "ended" in line] == [
        "connection 0 ended: no words",
        "connection 0 ended: Connection closed by remote host",
    ]
    bench.run(5.0)
    bench.slot.end()
    assert bench.said[-1] == "connection 0 ended: it was told to"


def test_of_an_old_connection_without_streams_nothing_is_said(bench: Bench) -> None:
    bench.slot.doubt()
    bench.run(2 * UNUSED)

    assert bench.made[0].killed
    assert bench.slot.draining == []
    assert not [line for line in bench.said if "ended" in line]
