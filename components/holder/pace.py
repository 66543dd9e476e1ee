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

CONNECT_TIMEOUTS = (
    1,
    1,
    1,
    4,
)  # seconds for ssh, in turn: a SYN each second, and time for slow lines
HANDSHAKE = 1.5  # seconds beyond that until the first answer


class Pace:
    """One for all slots. Times in seconds of the monotonic clock.

    Attributes:
        back: When the line last answered again after a silence.
    """

    def __init__(self, now: float) -> None:
        self.back = now
        self._alive = now
        self._next = now
        self._failed = 0

    def answered(self, now: float) -> None:
        """Some connection got an answer: the line works."""
        if now - self._alive > KNOWN_GOOD:
            self._next = now  # whoever waits for the line need not wait any longer
            self.back = now
        self._alive = now
        self._failed = 0

    def refused(self, now: float) -> None:
        """The VPS refused: a key, a host key or a forward."""
        self._next = max(self._next, now + REFUSED)

    def failed(self) -> None:
        """A try came to nothing."""
        self._failed += 1

    def may_try(self, now: float) -> bool:
        """Whether a try may start now."""
        return now >= self._next

    def tried(self, now: float) -> int:
        """Note a try. Returns its connect time-out in whole seconds."""
        silent = now - self._alive
        gap = QUICK if silent < KNOWN_GOOD else STEADY if silent < LONG_DEAD else SLOW
        self._next = max(self._next, now + gap)
        return CONNECT_TIMEOUTS[self._failed % len(CONNECT_TIMEOUTS)]
