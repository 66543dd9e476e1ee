"""The API's limit on requests: some per second, those beyond are refused."""

import time
from collections import deque
from collections.abc import Callable

REQUESTS_PER_SECOND = 30


class RateLimit:
    """At most `per_second` requests within any second."""

    def __init__(
        self,
        per_second: int = REQUESTS_PER_SECOND,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = per_second
        self._clock = clock
        self._seen: deque[float] = deque()

    def take(self) -> bool:
        """Use one request; False when the second has none left."""
        now = self._clock()
        while self._seen and self._seen[0] <= now - 1:
            self._seen.popleft()
        if len(self._seen) >= self._limit:
            return False
        self._seen.append(now)
        return True
