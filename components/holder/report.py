"""The state of the tunnel for others to read: one line for systemd, one file of JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .connection import Say
from .slot import Slot


@dataclass(frozen=True)
class State:
    """What is told: `line` for people, `data` for programs."""

    line: str
    data: dict[str, Any]


def describe(slots: Sequence[Slot], now: float) -> State:
    """The state of a pool. Times in `data` are seconds since the epoch, durations in seconds."""
    connections = []
    for slot in slots:
        beats = slot.serving.beats if slot.serving else None
        connections.append(
            {
                "slot": slot.number,
                "state": slot.state(now),
                "since": round(time.time() - (now - slot.since), 1) if slot.since else None,
                "round_trip": round(beats.round_trip, 4) if beats and beats.round_trip else None,
                "silent": round(beats.silent(now), 1) if beats else None,
                "reconnects": max(0, slot.reconnects - 1),
                "draining": len(slot.draining),
            }
        )
    up = sum(connection["state"] == "up" for connection in connections)
    return State(
        line=f"{up} of {len(slots)} connections to the VPS",
        data={"written": round(time.time(), 1), "connections": connections},
    )


class StateFile:
    """The file of the state, in systemd's runtime directory; nothing is written without one.

    The tunnel does not depend on it: what keeps it from being written is said, once, and it is
    tried again at the next writing.
    """

    def __init__(self, directory: str, say: Say) -> None:
        self._path = Path(directory) / "state.json" if directory else None
        self._say = say
        self._failed = False

    def write(self, state: State) -> None:
        """World-readable; whoever reads it never sees half of it."""
        if self._path is None:
            return
        text = json.dumps({"status": state.line, **state.data}) + "\n"
        try:
            new = self._path.with_name("state.json.new")
            new.write_text(text, encoding="utf-8")
            new.chmod(0o644)
            new.replace(self._path)
        except OSError as error:
            if not self._failed:
                self._say(f"{self._path} cannot be written: {error.strerror}; the tunnel goes on")
            self._failed = True
        else:
            self._failed = False
