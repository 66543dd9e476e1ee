"""Which side ended a stream first, from what nginx on either host saw of it (ADR 0020).

Each host tells by its own clock how long the stream lived after its 101; no clocks are compared.
The 101 went from the WSL host to the VPS. An end that came from the service went the same way, so
that both saw the same life. One that came from the visitor went the other way, so that the WSL
host saw a longer one: by one round trip.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Side = Literal["service", "visitor", "tunnel", "unclear"]

FINEST_MS = 4
"""Nginx counts whole milliseconds: two lives differ by up to 2 for that alone."""
ROUNDING_MS = 2
FEWEST = 4
"""How many streams must have told the round trip: of one alone nobody knows whether it was late."""
AT_ONCE_SECONDS = 1.0
"""So close to a connection's end a stream ended with it."""
NEAR_SECONDS = 3.0
"""So close it may have: the journal of a busy machine is late."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What one host's nginx saw of a stream, in milliseconds.

    Attributes:
        answered: From its dial to the 101.
        lived: From the 101 to its end.
    """

    answered: int
    lived: int


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One stream as both hosts saw it.

    Attributes:
        trips: How often its request went over the line before its 101 was on the VPS: twice where
            ssh had to open a channel, once where nginx had an open one.
    """

    vps: Seen
    wsl: Seen
    trips: int

    @property
    def way(self) -> int:
        """What the line and the tunnel added to the 101, over all trips."""
        return self.vps.answered - self.wsl.answered

    @property
    def apart(self) -> int:
        """How much longer the WSL host saw it."""
        return self.wsl.lived - self.vps.lived


@dataclass(frozen=True)
class Death:
    """The end of a connection of the tunnel.

    Attributes:
        moment: In seconds since 1970, by the WSL host's clock.
        slot: Which; None where all of them ended.
    """

    moment: float
    slot: int | None


def round_trip(pairs: Iterable[Pair]) -> float | None:
    """The line's own, in milliseconds: the least that was seen; None where too few tell it."""
    ways = [pair.way / pair.trips for pair in pairs]
    return min(ways) if len(ways) >= FEWEST else None


def first_to_end(pair: Pair, line: float | None) -> Side:
    """The side whose TCP connection ended first.

    Args:
        pair: The stream.
        line: The line's round trip in milliseconds, as `round_trip` tells it.
    """
    if line is None or line < FINEST_MS:
        return "unclear"
    if pair.apart < line / 2:
        return "service"
    # A 101 that was late on its way made the VPS's life as much shorter, whoever closed.
    late = pair.way - pair.trips * line
    return "visitor" if pair.apart > late + ROUNDING_MS else "unclear"


def with_tunnel(pair: Pair, ended: float, slot: int, deaths: Iterable[Death]) -> Side | None:
    """Whether it ended because its connection did: None where that is out of the question.

    Args:
        pair: The stream.
        ended: When the WSL host saw its end, by its clock.
        slot: Of its connection.
        deaths: Every end of a connection that is known.
    """
    gaps = [abs(one.moment - ended) for one in deaths if one.slot in {None, slot}]
    gap = min(gaps, default=NEAR_SECONDS)
    if gap >= NEAR_SECONDS:
        return None
    # The VPS had seen its end long before: the connection only kept it from the WSL host.
    early = pair.apart > pair.way + AT_ONCE_SECONDS * 1000
    return "tunnel" if gap <= AT_ONCE_SECONDS and not early else "unclear"
