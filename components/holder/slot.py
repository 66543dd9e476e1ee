"""One place in the pool: a connection that serves, one that is tried, and those that drain.

Make before break: as soon as the serving connection is in doubt another one is tried, and takes the
slot over for new streams once it answers. The old one keeps its open streams until it is proven
dead. A patient keepalive would keep streams and recover late, an eager one would cut them.
"""

from __future__ import annotations

from .config import Config
from .connection import Connection, Dial, Say
from .failures import Failures
from .pace import Pace

PROVEN_DEAD = 15.0  # seconds of silence, while another connection over the same line answers
UNUSED = 1.0  # seconds between two counts of what drains; one without streams ends
TICK = 0.1  # seconds between two looks while anything is not as it should be
STALE = 2.5  # a try so much older (seconds) than the line's return waits for what was swallowed
SILENT = 5.0  # seconds without an answer on a line that answers: it is hardly a hiccup any more
MOST_SILENT = 3  # of those in one slot; the one that has been silent for the longest makes room
MOST_DRAINING = 16  # of all, at 5 MB each on the VPS; the one with the fewest streams makes room


class Slot:
    """One slot of the pool. `tick` does everything, and `next_look` says when it has to again.

    Attributes:
        number: From 0.
        config: What its next connection is started with.
        serving: The connection that takes new streams, or None.
        since: When it began to serve, or when there was none any more.
        reconnects: How often another connection has taken over.
        draining: The connections that keep their streams and take no new ones.
    """

    def __init__(self, number: int, config: Config, pace: Pace, dial: Dial, say: Say) -> None:
        self.number = number
        self.config = config
        self.serving: Connection | None = None
        self.since = 0.0
        self.reconnects = 0
        self.draining: list[Connection] = []
        self._trying: Connection | None = None
        self._patience = 0.0
        self._letter = "b"
        self._doubted = False
        self._leaving = False
        self._pace = pace
        self._dial = dial
        self._say = say
        self._failures = Failures(number, say)

    def doubt(self) -> None:
        """Look for another connection whatever this one seems to be: the machine has slept."""
        self._doubted = True

    def leave(self, now: float) -> None:
        """Take no new streams, and try no more; the open ones go on to their end."""
        self._leaving = True
        if self._trying is not None:
            self._trying.kill()
        if self.serving is not None:
            self._retire(self.serving, now)
        self.serving, self._trying, self.since = None, None, 0.0

    def come_back(self) -> None:
        """Serve again after `leave`, with a new connection."""
        self._leaving = False

    def tick(self, now: float) -> None:
        """Ask everybody, and do what the answers call for."""
        for connection in self._connections():
            connection.beat(now)
        self._look_at_try(now)
        if self.serving is not None and self.serving.ended:
            self._tell_end(self.serving)
            self.serving, self.since = None, now
        if self.serving is not None and self.serving.beats.silent(now) == 0:
            self._pace.answered(now)
        wanted = self._wants_another(now)
        if self._trying is not None and not wanted:
            self._give_up(self._trying, now)  # the doubt has passed
        if wanted and self._trying is None and self._pace.may_try(now):
            self._try(now)
        self._look_at_draining(now)

    def next_look(self, now: float) -> float:
        """When to tick again, at the latest; a connection that ends or answers first says so."""
        if self._trying or self._wants_another(now):
            return now + TICK
        if self.serving is None:  # what is left only drains
            return now + UNUSED
        return self.serving.beats.next_look()  # all are asked on one grid: what drains, too

    def end(self) -> None:
        """Kill everything."""
        if self.serving is not None or self.draining:
            self._say(f"connection {self.number} ended: it was told to")
        for connection in self._connections():
            connection.kill()

    def state(self, now: float) -> str:
        """What to tell of it: "up", "doubt" or "down"."""
        if self.serving is None:
            return "down"
        return "doubt" if self.serving.beats.in_doubt(now) else "up"

    def _connections(self) -> list[Connection]:
        one = [item for item in (self.serving, self._trying) if item is not None]
        return one + self.draining

    def _wants_another(self, now: float) -> bool:
        serving = self.serving
        return not self._leaving and (
            serving is None
            or self._doubted
            or serving.config != self.config
            or serving.beats.in_doubt(now)
        )

    def _try(self, now: float) -> None:
        self._letter = "a" if self._letter == "b" else "b"
        if self.serving is not None and self._letter == self.serving.letter:
            self._letter = "a" if self._letter == "b" else "b"
        self._trying = self._dial(self.config, self.number, self._letter)
        connect, handshake = self._pace.tried(now)
        self._patience = connect + handshake
        self._trying.start(connect)

    def _look_at_try(self, now: float) -> None:
        tried = self._trying
        if tried is None:
            return
        if tried.ended or now - tried.born > self._patience:
            self._failures.tell(tried.words, now, refused=tried.refused)
            if tried.refused:
                self._pace.refused(now)
            self._give_up(tried, now)
        elif tried.up:
            self._take_over(tried, now)
        elif tried.born < self._pace.back - STALE:
            self._give_up(tried, now)  # it waits for what the dead line has swallowed

    def _give_up(self, tried: Connection, now: float) -> None:
        """It may have the way on the VPS, which ends with it: the serving one takes it back."""
        if self.serving is not None and not self.serving.beats.in_doubt(now):
            self.serving.ask(now)
        tried.kill()
        self._trying = None

    def _take_over(self, new: Connection, now: float) -> None:
        old, self.serving, self._trying = self.serving, new, None
        self._doubted = False
        self._pace.answered(now)
        self._failures.forget()
        self.reconnects += 1
        waited = f", after {now - self.since:.1f} s without" if old is None and self.since else ""
        self.since = now
        self._say(f"connection {self.number} is up in {now - new.born:.2f} s{waited}")
        if old is not None:
            self._retire(old, now)

    def _retire(self, old: Connection, now: float) -> None:
        old.drain(now)
        self.draining.append(old)

    def _look_at_draining(self, now: float) -> None:
        for old in list(self.draining):
            if old.ended:
                self.draining.remove(old)
                self._tell_end(old)
            elif self._is_unused(old, now):
                self._let_go(old)
            elif self._is_dead(old, now):
                old.kill()
        self._make_room(now)

    def _make_room(self, now: float) -> None:
        """The streams of one that answers live: what is dead does not push it out."""
        here = [old for old in self.draining if not old.ended]
        # While the line is dead all of them are silent, and all may live on with it.
        steady = self._pace.steady(now)
        silent = [old for old in here if min(old.beats.silent(now), steady) > SILENT]
        if len(silent) > MOST_SILENT:
            max(silent, key=lambda old: old.beats.silent(now)).kill()
        elif len(here) > MOST_DRAINING:
            min(here, key=lambda old: old.streams()).kill()

    def _is_unused(self, old: Connection, now: float) -> bool:
        """Counted rarely: thousands of streams take long, and nobody is answered meanwhile."""
        if now - old.counted <= UNUSED:
            return False
        old.counted = now
        return old.streams() == 0

    def _let_go(self, unused: Connection) -> None:
        """No stream ends with it: nobody is told."""
        unused.kill()
        self.draining.remove(unused)

    def _tell_end(self, connection: Connection) -> None:
        """bin/ops knows by this line what ended the streams of that moment."""
        self._say(f"connection {self.number} ended: {connection.words or 'no words'}")

    def _is_dead(self, old: Connection, now: float) -> bool:
        if self._leaving:
            answered = self._pace.steady(now)  # by the other slots
        else:
            healthy = self.serving is not None and not self.serving.beats.in_doubt(now)
            answered = now - self.since if healthy else 0.0
        return answered > PROVEN_DEAD and old.beats.silent(now) > PROVEN_DEAD
