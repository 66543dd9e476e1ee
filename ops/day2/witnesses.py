"""What both hosts' logs tell of streams, put together line by line."""

import json
import re
from collections import deque
from typing import Any

from ops.day2.endings import Death, Pair, Seen, Side, first_to_end, round_trip, with_tunnel
from ops.day2.logs import Line

OPENED = 101
MOST = 20_000
"""Streams, connections' ends and words that are kept: a look may follow the logs for days."""

EARLY = 1
"""Seconds: nginx's timers are not exact."""

_ENDED = re.compile(r"connection (\d+) ended")
_WORDS = re.compile(
    r"\[\w+\] (\d+)#\d+: \*(\d+) (?:[\w ]+: )?(.*?) while proxying upgraded connection"
)
_SLOT = re.compile(r"/(\d+)/[^/]+$")


def request_of(line: Line) -> dict[str, Any]:
    """What nginx told of a request; empty where the line is none, or not yet whole."""
    if line.source != "nginx requests":
        return {}
    try:
        told = json.loads(line.text)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _last(times: object) -> int:
    """The last of nginx's times, one for each upstream that was tried; in milliseconds."""
    return round(float(re.split(r" [,:] |, ", str(times))[-1]) * 1000)


def _seen(told: dict[str, Any]) -> Seen:
    answered = _last(told["upstream_header_time"])
    return Seen(answered=answered, lived=_last(told["upstream_time"]) - answered)


def _bound(kept: dict[Any, Any]) -> None:
    if len(kept) > MOST:
        del kept[next(iter(kept))]


class Witnesses:
    """Everything read so far; more lines make it surer.

    Args:
        unit: The tunnel's, on the WSL host.
        journal_lines: How many lines of its journal were asked for.
    """

    def __init__(self, unit: str, journal_lines: int) -> None:
        self._crash = re.compile(rf"{re.escape(unit)}\.service: Main process exited")
        self._unit = unit
        self._lines_left = journal_lines
        self._oldest = float("inf")
        self._vps: dict[str, dict[str, Any]] = {}
        self._wsl: dict[str, tuple[float, dict[str, Any]] | None] = {}
        self._pairs: dict[str, Pair] = {}
        self._line: float | None = None
        self._line_is_known = False
        self._deaths: deque[Death] = deque(maxlen=MOST)
        self._words: dict[tuple[str, int, int], str] = {}

    def note(self, line: Line) -> None:
        """Take note of one line of either host."""
        told = request_of(line)
        if told.get("status") == OPENED and (name := told.get("id")):
            if line.host == "vps":
                self._vps[name] = told
            else:  # the same stream twice: nobody knows which one ended
                self._wsl[name] = None if name in self._wsl else (line.moment, told)
            self._pair(name)
        elif line.source == "nginx error":
            if found := _WORDS.search(line.text):
                self._words[line.host, int(found[1]), int(found[2])] = found[3]
        elif line.host == "wsl" and not told:
            self._note_journal(line)
        for kept in (self._vps, self._wsl, self._pairs, self._words):
            _bound(kept)

    def _note_journal(self, line: Line) -> None:
        self._lines_left -= 1
        self._oldest = min(self._oldest, line.moment)
        if self._crash.search(line.text):
            self._deaths.append(Death(line.moment, None))
        elif line.source == self._unit and (found := _ENDED.match(line.text)):
            self._deaths.append(Death(line.moment, int(found[1])))

    def _pair(self, name: str) -> None:
        there, here = self._vps.get(name), self._wsl.get(name)
        self._pairs.pop(name, None)
        self._line_is_known = False
        if not there or not here:
            return
        try:
            self._pairs[name] = Pair(
                vps=_seen(there),
                wsl=_seen(here[1]),
                trips=2 if int(here[1]["channel_requests"]) == 1 else 1,
            )
        except (ValueError, KeyError, TypeError):
            return  # an older log, or no upstream

    def side(self, told: dict[str, Any]) -> Side:
        """Who ended the stream that the VPS tells of."""
        name = told.get("id", "")
        pair, here = self._pairs.get(name), self._wsl.get(name)
        slot = _SLOT.search(str(told.get("upstream")))
        if pair is None or here is None or slot is None:
            return "unclear"
        if self._lines_left <= 0 and here[0] < self._oldest:
            return "unclear"  # what the journal said of that time was not read
        ended = with_tunnel(pair, here[0], int(slot[1]), self._deaths)
        if not self._line_is_known:
            self._line, self._line_is_known = round_trip(self._pairs.values()), True
        return ended or first_to_end(pair, self._line)

    def words(self, told: dict[str, Any]) -> str:
        """What either nginx's error log said of a stream's end; mostly nothing.

        Of its time-outs nginx says nothing, and it ends a stream as a side does.
        """
        here = self._wsl.get(told.get("id", ""))
        for host, one in (("wsl", here[1] if here else {}), ("vps", told)):
            found = self._words.get((host, one.get("process", 0), one.get("connection", 0)))
            if found:
                return found
        if (silence := int(told.get("silence") or 0)) and told["duration"] >= silence - EARLY:
            return f"or by nginx, if it had been silent for {silence} s"
        return ""
