"""When the next connection may be tried: often, for a line may come back at any moment.

All slots share one pace, so that a dead line costs a few processes a second and not a storm.
"""

from __future__ import annotations

QUICK = 0.02  # seconds between two tries on a line that answers
STEADY = 0.25  # on one that does not
LONG_DEAD = 60.0  # after so many seconds without any answer,
SLOW = 0.5  # so many between two tries
KNOWN_GOOD = 1.0  # an answer is news for so long
REFUSED = 10.0  # the VPS answered and refused: trying harder would lock this address out

# Seconds that a try gets, in turn among all slots: until ssh has connected, and from there until
# the first answer. Short ones meet a line that is just back with a SYN each second; the long one is
# for slow lines and busy machines, which short ones alone would never let up.
PATIENCE = ((1, 1.5), (1, 1.5), (1, 3.0), (4, 10.0))


class Pace:
    """One for all slots. Times in seconds of the monotonic clock.

    Attributes:
        back: When the line last answered again after a silence.
    """

    def __init__(self, now: float) -> None:
        self.back = now
        self._alive = now
        self._next = now
        self._tries = 0

    def answered(self, now: float) -> None:
        """Some connection got an answer: the line works."""
        if now - self._alive > KNOWN_GOOD:
            self._next = now  # whoever waits for the line need not wait any longer
            self.back = now
        self._alive = now

    def steady(self, now: float) -> float:
        """For how long (seconds) the line has answered; 0 while it does not."""
        return now - self.back if now - self._alive <= KNOWN_GOOD else 0.0

    def refused(self, now: float) -> None:
        """The VPS refused: a key, a host key or a forward."""
        self._next = max(self._next, now + REFUSED)

    def may_try(self, now: float) -> bool:
        """Whether a try may start now."""
        return now >= self._next

    def tried(self, now: float) -> tuple[int, float]:
        """Note a try. Returns its patience: one of PATIENCE."""
        silent = now - self._alive
        gap = QUICK if silent < KNOWN_GOOD else STEADY if silent < LONG_DEAD else SLOW
        self._next = max(self._next, now + gap)
        self._tries += 1
        return PATIENCE[(self._tries - 1) % len(PATIENCE)]
