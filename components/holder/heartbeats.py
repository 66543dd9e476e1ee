"""Whether a connection answers: pure bookkeeping of questions and answers; times in seconds."""

from __future__ import annotations

from collections import OrderedDict

INTERVAL = 0.5  # between two questions
PATIENCE = 0.5  # beyond the usual round trips
ROUND_TRIPS = 4
GAIN = 0.125  # of a new round trip in the smoothed one, as TCP has it (RFC 6298)


class Heartbeats:
    """The questions that one connection was asked, and what came back.

    Attributes:
        round_trip: Smoothed; None until a question has told it.
        answered: When the last answer came; None before the first.
    """

    def __init__(self) -> None:
        self.round_trip: float | None = None
        self.answered: float | None = None
        self._at_most = 0.0  # what stands for the round trip until a question has told it
        self._before: float | None = None  # the round trip without the last answer
        self._asked = 0.0  # when the question of the last answer was asked
        self._late = False  # whether the last answer that counted came after a doubt
        self._early = 0  # the last question that was asked before the first answer
        self._sequence = 0
        self._open: OrderedDict[int, float] = OrderedDict()
        self._next = 0.0

    def due(self, now: float) -> bool:
        """Whether it is time for the next question."""
        return now >= self._next

    def ask(self, now: float) -> int:
        """Note a question; its number goes with it."""
        self._sequence += 1
        self._open[self._sequence] = now
        # On one grid for all connections: asked together, they cost one waking.
        self._next = (now // INTERVAL + 1) * INTERVAL
        return self._sequence

    def answer(self, number: int, now: float) -> None:
        """Note an answer; it stands for all questions before it."""
        asked = self._open.get(number)
        if asked is None:
            return
        for older in [key for key in self._open if key <= number]:
            del self._open[older]
        if self.answered is None:
            self._early = self._sequence
        self._learn(number, asked, now)
        self.answered, self._asked = now, asked

    def _learn(self, number: int, asked: float, now: float) -> None:
        """What an answer tells of the round trip: nothing, where something else was waited for.

        A question that is asked before the first answer waits until ssh has connected. And the
        questions of a silence are answered all at once: when an answer came late enough for a
        doubt, and the next one on its heels, neither is a round trip. Otherwise a line that fails
        again soon would be doubted seconds too late. Late answers that come as far apart as they
        were asked for do count: such a line is slow, and would be in doubt for ever.
        """
        taken = now - asked
        if number <= self._early:
            self._at_most = taken  # the last of them has waited the least
        elif self._late and now - (self.answered or 0.0) < (asked - self._asked) / 2:
            self.round_trip = self._before
        else:
            self._late = taken > self._patience()
            self._before = self.round_trip
            if self.round_trip is None:
                self.round_trip = taken
            else:
                self.round_trip += GAIN * (taken - self.round_trip)

    def silent(self, now: float) -> float:
        """How long the oldest open question has waited; 0 when there is none."""
        if not self._open:
            return 0.0
        return now - next(iter(self._open.values()))

    def in_doubt(self, now: float) -> bool:
        """Whether an answer is missing for longer than this line usually takes."""
        return self.silent(now) > self._patience()

    def next_look(self) -> float:
        """When to look again: a question will be due, or an answer have been missing for long."""
        if not self._open:
            return self._next
        return min(self._next, next(iter(self._open.values())) + self._patience())

    def _patience(self) -> float:
        usual = self._at_most if self.round_trip is None else self.round_trip
        return PATIENCE + ROUND_TRIPS * usual
