"""All slots together: what a reload with more or fewer connections does to open streams."""

from dataclasses import replace

import pytest

from components.holder.config import Config
from components.holder.pool import Pool
from components.holder.slot import PROVEN_DEAD, UNUSED
from tests.unit.components.holder.fakes import CONFIG, STEP, Fake

TWO = replace(CONFIG, connections=2)
ONE = replace(CONFIG, connections=1)


class Bench:
    """A pool, its clock, and every connection it made, by its slot."""

    def __init__(self) -> None:
        self.now = 100.0
        self.made: list[tuple[int, Fake]] = []
        self.said: list[str] = []
        self.line = True  # whether new connections get through
        self.pool = Pool(TWO, self.dial, self.said.append, self.now)

    def dial(self, config: Config, slot: int, letter: str) -> Fake:
        fake = Fake(config, letter, born=self.now, alive=self.line)
        self.made.append((slot, fake))
        return fake

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP)):
            self.pool.tick(self.now)
            self.now = round(self.now + STEP, 3)

    def take_up(self, config: Config) -> None:
        self.pool.take_up(config, self.now)

    def of(self, slot: int) -> list[Fake]:
        return [fake for number, fake in self.made if number == slot]


@pytest.fixture
def bench() -> Bench:
    """Two slots that serve."""
    made = Bench()
    made.run(2.0)
    assert [slot.state(made.now) for slot in made.pool.slots] == ["up", "up"]
    return made


def test_a_slot_that_is_no_more_keeps_its_streams_to_their_end(bench: Bench) -> None:
    (gone,) = bench.of(1)
    gone.carried = 1
    bench.take_up(ONE)
    bench.run(3600.0 + STEP)

    assert [slot.number for slot in bench.pool.slots] == [0]
    assert (gone.draining, gone.killed) == (True, False)
    assert bench.now < bench.pool.next_look(bench.now) <= bench.now + UNUSED

    gone.carried = 0
    bench.run(2 * UNUSED)
    assert gone.killed
    assert len(bench.of(1)) == 1
    assert not [line for line in bench.said if "ended" in line]


def test_a_slot_that_is_no_more_is_ended_once_it_is_proven_dead(bench: Bench) -> None:
    (gone,) = bench.of(1)
    gone.carried = 1
    bench.run(PROVEN_DEAD)
    bench.take_up(ONE)
    gone.alive = False

    bench.run(PROVEN_DEAD - 1.0)
    assert not gone.killed
    bench.run(2.0)
    assert gone.killed


def test_while_the_line_is_dead_a_slot_that_is_no_more_keeps_its_streams(bench: Bench) -> None:
    (gone,) = bench.of(1)
    gone.carried = 1
    bench.run(PROVEN_DEAD)
    bench.take_up(ONE)
    gone.alive = bench.of(0)[0].alive = bench.line = False
    bench.run(4 * PROVEN_DEAD)

    assert not gone.killed


def test_a_slot_that_comes_back_tries_in_its_other_folder_and_keeps_its_streams(
    bench: Bench,
) -> None:
    (gone,) = bench.of(1)
    gone.carried = 1
    bench.take_up(ONE)
    bench.run(1.0)
    bench.take_up(TWO)
    bench.run(1.0)

    assert [slot.state(bench.now) for slot in bench.pool.slots] == ["up", "up"]
    assert [fake.letter for fake in bench.of(1)] == [gone.letter, "b"]
    assert not gone.killed
    assert not [line for line in bench.said if "without" in line]  # nobody missed it


def test_a_try_of_a_slot_that_is_no_more_is_given_up(bench: Bench) -> None:
    bench.of(1)[0].ended = True
    bench.run(STEP)
    tried = bench.of(1)[-1]
    bench.take_up(ONE)
    bench.run(1.0)

    assert tried.killed
    assert tried is bench.of(1)[-1]


def test_at_the_end_a_slot_that_is_no_more_is_ended_too(bench: Bench) -> None:
    (gone,) = bench.of(1)
    gone.carried = 1
    bench.take_up(ONE)
    bench.pool.end()

    assert gone.killed
    assert bench.said[-1] == "connection 1 ended: it was told to"
