"""`bin/ops logs --streams`: every WebSocket that has ended, and which side ended it."""

import queue
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from ops.day2.endings import Side
from ops.day2.logs import Line, ordered
from ops.day2.witnesses import OPENED, Witnesses, request_of

HOLD_SECONDS = 2.0
"""How long a stream that has ended just now waits for what the WSL host says of it."""
EVERYTHING = 1_000_000
ONE_SIDED = (
    "Which side ended a stream is told with the load balancer alone, whose log has the other half:"
    " pulumi config set --path vps-reverse-proxy:load_balancer.enabled true, then pulumi up"
)


@dataclass(frozen=True, kw_only=True)
class Stream:
    """One stream that has ended, or one that was refused.

    Attributes:
        moment: When it ended, in seconds since 1970.
        seconds: How long it was open.
        received, sent: Bytes from and to the visitor.
        upstream: The tunnel's connection and service it went to.
        ended: closed: one of its sides closed it; cut: nginx gave it up, after a time-out or
            an error; refused: it was never opened.
        by: Whose TCP connection ended first; empty for one that was refused.
        reason: What nginx's error log says of its end; mostly nothing.
    """

    moment: float
    service: str
    visitor: str
    seconds: float
    received: int
    sent: int
    status: int
    upstream: str
    ended: Literal["closed", "cut", "refused"]
    by: Side | Literal[""]
    reason: str


def stream_of(line: Line, witnesses: Witnesses) -> Stream | None:
    """The stream that a line of the VPS tells of; None where it tells of something else."""
    request = request_of(line)
    if line.host != "vps" or not request.get("websocket"):
        return None
    try:
        return _stream(line.moment, request, witnesses)
    except (ValueError, KeyError, TypeError):
        return None


def _stream(moment: float, request: dict[str, Any], witnesses: Witnesses) -> Stream:
    opened = request["status"] == OPENED
    return Stream(
        moment=moment,
        service=request["service"],
        visitor=request["visitor"],
        seconds=float(request["duration"]),
        received=int(request.get("upstream_sent") or request["received"]),
        sent=int(request["sent"]),
        status=int(request["status"]),
        upstream=request["upstream"].rpartition("vps-reverse-proxy-")[2],
        ended="refused" if not opened else "closed" if request["completion"] else "cut",
        by=witnesses.side(request) if opened else "",
        reason=witnesses.words(request) if opened else "",
    )


def told(
    lines: "queue.Queue[Line | None]",
    asked: Mapping[str, Any],
    *,
    unit: str,
    last: int,
    follow: bool,
) -> Iterator[Stream | Line]:
    """The last streams, or all as they come, from what `logs.reading` gives.

    Args:
        lines: What comes.
        asked: What each host was asked for.
        unit: The tunnel's, on the WSL host.
        last: How many; not where they are followed.
        follow: Whether they are.
    """
    witnesses = Witnesses(unit, asked.get("wsl", {}).get("lines", 0))
    if follow:
        return follow_streams(lines, len(asked), witnesses)
    return read_streams(lines, len(asked), witnesses, last=last)


def read_streams(
    lines: "queue.Queue[Line | None]", hosts: int, witnesses: Witnesses, *, last: int
) -> Iterator[Stream | Line]:
    """The last streams there are, and the lines that say why a host told nothing."""
    found = ordered(lines, hosts, last=EVERYTHING)
    for line in found:
        witnesses.note(line)
    yield from (line for line in found if line.source == "ops")
    streams = (stream_of(line, witnesses) for line in found)
    yield from [one for one in streams if one][-last:]


def follow_streams(
    lines: "queue.Queue[Line | None]",
    hosts: int,
    witnesses: Witnesses,
    hold: float = HOLD_SECONDS,
) -> Iterator[Stream | Line]:
    """The same as they come, in the VPS's own order; ends when all hosts have."""
    waiting: deque[tuple[float, Line]] = deque()
    while hosts or waiting:
        timeout = max(0.01, waiting[0][0] - time.monotonic()) if waiting else None
        with suppress(queue.Empty):
            line = lines.get(timeout=timeout) if hosts else None
            if line is None:
                hosts = max(0, hosts - 1)
            elif line.source == "ops":
                yield line
            else:
                witnesses.note(line)
                if line.host == "vps":
                    waiting.append((time.monotonic() + hold, line))
        while waiting and (waiting[0][0] <= time.monotonic() or not hosts):
            if one := stream_of(waiting.popleft()[1], witnesses):
                yield one


def shown(stream: Stream) -> str:
    """A stream for a person, in this machine's time zone."""
    moment = time.strftime("%m-%d %H:%M:%S", time.localtime(stream.moment))
    ends = {
        "": f"refused with HTTP {stream.status}",
        "unclear": f"{stream.ended}, unclear by whom",
        "tunnel": f"{stream.ended} with the tunnel's connection",
    }
    end = ends.get(stream.by, f"{stream.ended} by the {stream.by}")
    if stream.reason:
        end += f" ({stream.reason})"
    return (
        f"{moment} {stream.service:10} {stream.visitor:16} {stream.seconds:9.1f} s"
        f" {stream.received:>10} in {stream.sent:>10} out  {end}  {stream.upstream}"
    )
