"""`bin/ops logs --streams`: every WebSocket that has ended, from nginx's log on the VPS."""

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ops.day2.logs import Line

OPENED = 101


@dataclass(frozen=True, kw_only=True)
class Stream:
    """One stream that has ended, or one that was refused.

    Attributes:
        moment: When it ended, in seconds since 1970.
        seconds: How long it was open.
        received, sent: Bytes from and to the visitor.
        upstream: The tunnel's connection and service it went to.
        ended: closed: one of its two sides closed it; cut: nginx did, after a time-out or an
            error that its error log tells; refused: it was never opened.
    """

    moment: float
    service: str
    visitor: str
    seconds: float
    received: int
    sent: int
    status: int
    upstream: str
    ended: str


def streams_of(lines: Iterable[Line]) -> Iterator[Stream]:
    """The WebSockets among nginx's requests."""
    for line in lines:
        try:
            told = json.loads(line.text)
            if not told["websocket"]:
                continue
            opened = told["status"] == OPENED
            ended = "closed" if told["completion"] else "cut"
            yield Stream(
                moment=line.moment,
                service=told["service"],
                visitor=told["visitor"],
                seconds=float(told["duration"]),
                received=int(told.get("upstream_sent") or told["received"]),
                sent=int(told["sent"]),
                status=int(told["status"]),
                upstream=told["upstream"].rpartition("vps-reverse-proxy-")[2],
                ended=ended if opened else "refused",
            )
        except (ValueError, KeyError, TypeError):
            continue  # a line that is being written


def shown(stream: Stream) -> str:
    """A stream for a person, in this machine's time zone."""
    told = time.strftime("%m-%d %H:%M:%S", time.localtime(stream.moment))
    end = stream.ended if stream.ended != "refused" else f"refused with HTTP {stream.status}"
    return (
        f"{told} {stream.service:10} {stream.visitor:16} {stream.seconds:9.1f} s"
        f" {stream.received:>10} in {stream.sent:>10} out  {end}  {stream.upstream}"
    )
