"""Which side ended a stream: never the wrong one, whatever the line does."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops.day2.endings import Death, Pair, Seen, Side, first_to_end, round_trip, with_tunnel

LINE = 20.0  # ms, there and back


def pair(
    *,
    apart: int = 0,
    way: int = 40,
    trips: int = 2,
    lived: int = 60_000,
) -> Pair:
    """A stream that both hosts saw, `apart` ms longer on the WSL host."""
    return Pair(
        vps=Seen(answered=way + 5, lived=lived),
        wsl=Seen(answered=5, lived=lived + apart),
        trips=trips,
    )


@pytest.mark.parametrize(
    ("one", "line", "side"),
    [
        (pair(apart=0), LINE, "service"),
        (pair(apart=9), LINE, "service"),
        (pair(apart=-700), LINE, "service"),  # behind much sound that was still to be sent
        (pair(apart=20), LINE, "visitor"),
        (pair(apart=700), LINE, "visitor"),
        (pair(apart=20, way=20, trips=1), LINE, "visitor"),
        (pair(apart=20, way=57), LINE, "visitor"),
        (pair(apart=20, way=58), LINE, "unclear"),  # its 101 was as late as the end may have been
        (pair(apart=20, way=40, trips=1), LINE, "unclear"),
        (pair(apart=9, way=400), LINE, "service"),
        (pair(apart=4, way=8), 4.0, "visitor"),
        (pair(apart=3, way=6), 3.0, "unclear"),
        (pair(apart=20), None, "unclear"),
    ],
)
def test_the_side_that_ended_first(one: Pair, line: float | None, side: Side) -> None:
    assert first_to_end(one, line) == side


def test_the_lines_round_trip_is_the_least_that_several_streams_tell() -> None:
    some = [pair(way=44), pair(way=41), pair(way=21, trips=1), pair(way=900)]

    assert round_trip(some) == 20.5
    assert round_trip(some[:3]) is None


@pytest.mark.parametrize(
    ("death", "apart", "side"),
    [
        (Death(100.0, 2), 0, "tunnel"),
        (Death(100.9, None), 20, "tunnel"),
        (Death(100.0, 2), -90_000, "tunnel"),  # the VPS's sshd waits for its own time-outs
        (Death(100.0, 1), 0, None),
        (Death(102.0, 2), 0, "unclear"),
        (Death(97.9, 2), 0, "unclear"),
        (Death(104.0, 2), 0, None),
        (Death(100.0, 2), 15_000, "unclear"),  # it had ended at the VPS when the line was dead
    ],
)
def test_a_stream_that_ended_with_its_connection(
    death: Death, apart: int, side: Side | None
) -> None:
    assert with_tunnel(pair(apart=apart), 100.0, 2, [Death(5.0, 2), death]) == side


def test_without_a_connection_that_ended_it_was_not_the_tunnel() -> None:
    assert with_tunnel(pair(), 100.0, 2, []) is None


@dataclass(frozen=True)
class Made:
    """A stream in true milliseconds: how late each of its messages was, and who ended it.

    Attributes:
        opens: Whether ssh had to open a channel.
        late: Of the way to the WSL host, of the 101's way back, and of the end's way.
    """

    begun: float
    opens: bool
    late: tuple[float, float, float]
    lived: float
    by: Side

    def pair(self, up: float, down: float) -> Pair:
        """As both nginxes write it down, in whole milliseconds of clocks that do not agree."""
        extra = up + down if self.opens else 0.0
        asked_wsl = self.begun + extra + up + self.late[0]
        opened_wsl = asked_wsl + 3.3
        opened_vps = opened_wsl + down + self.late[1]
        if self.by == "service":
            ended_wsl = opened_wsl + self.lived
            ended_vps = max(opened_vps, ended_wsl + down + self.late[2])
        else:
            ended_vps = opened_vps + self.lived
            ended_wsl = ended_vps + up + self.late[2]
        return Pair(
            vps=seen(0.0, self.begun, opened_vps, ended_vps),
            wsl=seen(77_777.4, asked_wsl, opened_wsl, ended_wsl),
            trips=2 if self.opens else 1,
        )


def seen(offset: float, begun: float, opened: float, ended: float) -> Seen:
    """What a clock that counts whole milliseconds makes of it."""
    begun, opened, ended = (int(one + offset) for one in (begun, opened, ended))
    return Seen(answered=int(opened - begun), lived=int(ended - opened))


def made(most_late: float) -> st.SearchStrategy[Made]:
    lateness = st.floats(0, most_late)
    return st.builds(
        Made,
        begun=st.floats(0, 1e6),
        opens=st.booleans(),
        late=st.tuples(lateness, lateness, lateness),
        lived=st.floats(0, 1e5),
        by=st.sampled_from(["service", "visitor"]),
    )


PROMPT = [
    Made(at, opens, (0.0, 0.0, 0.0), 100.0, "service")
    for at in (0.4, 9.9)
    for opens in (True, False)
]
"""Streams of a line at its best, which tell its round trip."""


@given(one=made(1000.0), up=st.floats(0.5, 200), down=st.floats(0.5, 200))
def test_whatever_the_line_does_the_wrong_side_is_never_named(
    one: Made, up: float, down: float
) -> None:
    line = round_trip(other.pair(up, down) for other in [*PROMPT, one])

    assert first_to_end(one.pair(up, down), line) in {one.by, "unclear"}


@given(one=made(0.0), up=st.floats(3.5, 200), down=st.floats(3.5, 200))
def test_on_a_line_that_is_as_quick_as_ever_the_side_is_named(
    one: Made, up: float, down: float
) -> None:
    line = round_trip(other.pair(up, down) for other in [*PROMPT, one])

    assert first_to_end(one.pair(up, down), line) == one.by
