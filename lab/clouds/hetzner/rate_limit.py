"""The API's limit on requests: a bucket per project that refills steadily."""

import math
import time
from collections.abc import Callable

REQUESTS_PER_HOUR = 3600
HOUR = 3600.0


class RateLimit:
    """`per_hour` requests at once at most; one comes back every hour/`per_hour`."""

    def __init__(
        self, per_hour: int = REQUESTS_PER_HOUR, clock: Callable[[], float] = time.time
    ) -> None:
        self._limit = per_hour
        self._left = float(per_hour)
        self._clock = clock
        self._seen = clock()

    def take(self) -> bool:
        """Use one request; False when none is left."""
        now = self._clock()
        self._left = min(
            float(self._limit), self._left + max(0.0, now - self._seen) * self._limit / HOUR
        )
        self._seen = now
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def headers(self) -> dict[str, str]:
        """What every answer carries; the reset is when the bucket would be full again."""
        missing = self._limit - self._left
        return {
            "RateLimit-Limit": str(self._limit),
            "RateLimit-Remaining": str(int(self._left)),
            "RateLimit-Reset": str(math.ceil(self._clock() + missing * HOUR / self._limit)),
        }
