"""Waiting for something to come true, with a deadline and the last word of what did not."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(found: Callable[[], T], *, seconds: float, what: str) -> T:
    """Poll until `found()` is true, and return what it found.

    Raises:
        AssertionError: It did not come true in time; the words say what, and what was last seen.
    """
    deadline = time.monotonic() + seconds
    while not (last := found()):
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds:.0f} s still not: {what} (last: {last!r})")
        time.sleep(0.2)
    return last
