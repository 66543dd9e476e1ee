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
        round_trip: Smoothed; None before the first answer.
        answered: When the last answer came; None before the first.
    """

    def __init__(self) -> None:
        self.round_trip: float | None = None
        self.answered: float | None = None
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
        taken = now - asked
        self.answered = now
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
        return PATIENCE + ROUND_TRIPS * (self.round_trip or 0.0)
