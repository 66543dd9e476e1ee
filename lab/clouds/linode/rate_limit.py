"""The API's limit on requests: so many in a minute, counted anew in the next."""

import math
import time
from collections.abc import Callable

REQUESTS_PER_MINUTE = 800
MINUTE = 60.0


class RateLimit:
    """`limit` requests in each minute, which begins with its first request."""

    def __init__(
        self, limit: int = REQUESTS_PER_MINUTE, clock: Callable[[], float] = time.time
    ) -> None:
        self._limit = limit
        self._clock = clock
        self._left = limit
        self._ends = 0.0

    def take(self) -> bool:
        """Use one request; False when none is left."""
        if self._clock() >= self._ends:
            self._left, self._ends = self._limit, self._clock() + MINUTE
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def wait(self) -> int:
        """Seconds until there are requests again."""
        return max(1, math.ceil(self._ends - self._clock()))

    def headers(self) -> dict[str, str]:
        """What every answer carries; the reset is a moment in seconds since 1970."""
        return {
            "X-RateLimit-Limit": str(self._limit),
            "X-RateLimit-Remaining": str(self._left),
            "X-RateLimit-Reset": str(math.ceil(self._ends)),
        }
