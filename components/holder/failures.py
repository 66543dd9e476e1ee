"""Says why the tries of a slot fail, in ssh's words, without filling the journal.

A dead line is tried several times a second for hours, and a VPS that refuses every ten seconds for
days: their words are said once, and others once a minute at the most.
"""

from __future__ import annotations

from collections.abc import Callable

APART = 60.0  # seconds between two lines of one slot


class Failures:
    """Of one slot. Times in seconds of the monotonic clock.

    Attributes:
        number: The slot's.
    """

    def __init__(self, number: int, say: Callable[[str], None]) -> None:
        self.number = number
        self._say = say
        self._said = ""
        self._when: float | None = None

    def tell(self, words: str, now: float, *, refused: bool) -> None:
        """A try failed with these words of ssh ("" for none): say them, if they are news."""
        words = f"refused: {words}" if refused else f"cannot be made: {words or 'no answer'}"
        if words == self._said or (self._when is not None and now - self._when < APART):
            return
        self._said, self._when = words, now
        self._say(f"connection {self.number} {words}")

    def forget(self) -> None:
        """A try went well: the same words will be news again."""
        self._said = ""
