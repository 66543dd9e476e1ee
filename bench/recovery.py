"""Recovery: seconds from the end of a fault to the first good `/health` through the public name."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING

from bench import loader
from bench.bed import PUBLIC_NAME
from bench.faults import inflict
from lab import wsl

if TYPE_CHECKING:
    from bench.bed import Bed
    from bench.faults import Moment
    from bench.rows import Fault
    from bench.samples import Sample

POLL_US = 50_000
ANSWER_SECONDS = 5.0
PATIENCE_SECONDS = 120.0  # after a fault's end; then it counts as never
AFTERWARDS_SECONDS = 1.5  # to see failures that follow the first good answer
SETTLED_SECONDS = 1.0
POOL_SECONDS = 30.0
GOOD = 200
_STATE = "/run/vps-tunnel/state.json"

Answer = tuple[int, int, int]  # asked and answered (ns), HTTP status or 0


class Poller:
    """Callers that ask for `/health` without end, each on a connection of its own."""

    def __init__(self, bed: Bed, period_us: int = POLL_US) -> None:
        self.answers: list[Answer] = []
        self._child = loader.start(
            bed.lab,
            "poll",
            address=bed.address,
            host=PUBLIC_NAME,
            path="/health",
            period_us=period_us,
            timeout=ANSWER_SECONDS,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._child.stdout is not None
        for line in self._child.stdout:
            asked, answered, status = map(int, line.split())
            self.answers.append((asked, answered, status))

    def first_good(self, moment: Moment, seconds: float) -> Answer | None:
        """The first good answer after a fault's end, waited for; None when there is none."""
        deadline = time.monotonic() + seconds
        seen = 0
        while time.monotonic() < deadline:
            fresh = self.answers[seen:]
            seen += len(fresh)
            for answer in fresh:
                if counts(answer, moment):
                    return answer
            time.sleep(0.01)
        return None

    def stop(self) -> None:
        """End the callers."""
        loader.end(self._child)
        self._reader.join()


def counts(answer: Answer, moment: Moment) -> bool:
    """Whether an answer is good, came after the fault's end and was not asked for before it."""
    asked, answered, status = answer
    return status == GOOD and asked >= moment.since and answered >= moment.end


def settle(bed: Bed) -> None:
    """Wait until the bed serves and the tunnel says that all of its connections are up."""
    bed.wait_serving()
    deadline = time.monotonic() + POOL_SECONDS
    while not _pool_up(bed.run(wsl.NAME, "cat", _STATE, check=False)):
        if time.monotonic() > deadline:
            break  # the fault comes to a tunnel that is less than whole: so be it
        time.sleep(0.1)
    time.sleep(SETTLED_SECONDS)


def _pool_up(state: str) -> bool:
    if not state.strip():
        return True  # it says nothing
    connections = json.loads(state).get("connections", [])
    return all(one.get("state", "up") == "up" for one in connections if isinstance(one, dict))


def recover(bed: Bed, fault: Fault) -> Sample:
    """One try: settle, fault, first good answer; times in seconds from the fault's end."""
    settle(bed)
    poller = Poller(bed) if fault.callers else None
    try:
        if poller is not None:
            time.sleep(0.3)
        with inflict(bed, fault) as moment:
            poller = poller or Poller(bed)
            good = poller.first_good(moment, PATIENCE_SECONDS)
            if good is not None:
                time.sleep(AFTERWARDS_SECONDS)
    finally:
        if poller is not None:
            poller.stop()
    if good is None:
        raise TimeoutError(f"no good answer {PATIENCE_SECONDS:.0f} s after the fault's end")
    return {
        "seconds": (good[1] - moment.end) / 1e9,
        "failed_later": sum(one[2] != GOOD and one[0] > good[1] for one in poller.answers),
        "answers": [
            [round((one[0] - moment.end) / 1e9, 4), round((one[1] - moment.end) / 1e9, 4), one[2]]
            for one in poller.answers
        ],
    }
