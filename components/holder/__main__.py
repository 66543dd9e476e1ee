"""Hold the tunnel until told to end: `python3 -m holder FOLDER`, under systemd.

FOLDER holds config.json and ssh_config. SIGHUP takes a changed config.json up without cutting a
stream; SIGTERM ends all.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from .config import Config, load
from .pace import Pace
from .report import describe, write_state
from .session import Session
from .slot import Slot

JUMP = 2.0  # a tick that comes so late (seconds): this machine has slept
SHORTEST = 0.01  # seconds between two ticks
REPORT = 2.0  # seconds between two writings of a state that says the same


def say(line: str) -> None:
    """One line for the journal."""
    print(line, flush=True)


def notify(text: str) -> None:
    """Tell systemd (sd_notify(3)); nothing happens where nobody listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as peer:
        peer.sendto(text.encode(), address)


def slept(before: float, now: float) -> bool:
    """Whether the machine stood still between two ticks, or its suspend clock says so."""
    return now - before > JUMP


def clock() -> float:
    """Seconds that also pass while the machine is suspended."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Pool:
    """All slots of one configuration."""

    def __init__(self, config: Config, wake: Callable[[], None]) -> None:
        self._pace = Pace(time.monotonic())
        self._wake = wake
        self.slots: list[Slot] = []
        self.take_up(config)

    def take_up(self, config: Config) -> None:
        """Another configuration: each slot moves over by itself, and no stream is cut."""
        for slot in self.slots[config.connections :]:
            slot.end()
        del self.slots[config.connections :]
        for slot in self.slots:
            slot.config = config
        for number in range(len(self.slots), config.connections):
            self.slots.append(Slot(number, config, self._pace, self._dial, say))

    def _dial(self, config: Config, slot: int, letter: str) -> Session:
        return Session(config, slot, letter, self._wake)

    def doubt(self) -> None:
        """The machine has slept: no connection is believed."""
        for slot in self.slots:
            slot.doubt()

    def tick(self) -> None:
        """One look at everything."""
        now = time.monotonic()
        for slot in self.slots:
            slot.tick(now)

    def next_look(self, now: float) -> float:
        """When to tick again, at the latest."""
        return min(slot.next_look(now) for slot in self.slots)

    def end(self) -> None:
        """Kill everything."""
        for slot in self.slots:
            slot.end()


async def hold(folder: Path) -> None:
    """Hold the tunnel until SIGTERM."""
    news, over = asyncio.Event(), False
    pool = Pool(load(folder / "config.json"), news.set)
    loop = asyncio.get_running_loop()

    def finish() -> None:
        nonlocal over
        over = True
        news.set()

    def reload() -> None:
        try:
            pool.take_up(load(folder / "config.json"))
            say("took up the new configuration")
            news.set()
        except (OSError, ValueError) as error:
            say(f"the new configuration is left aside: {error}")

    loop.add_signal_handler(signal.SIGHUP, reload)
    for ending in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(ending, finish)
    notify("READY=1")
    before, reported, told = clock(), 0.0, ""
    while not over:
        if slept(before, clock()):
            say(f"this machine stood still for {clock() - before:.0f} s: connecting anew")
            pool.doubt()
        before = clock()
        pool.tick()
        now = time.monotonic()
        state = describe(pool.slots, now)
        if state.line != told or now - reported > REPORT:
            write_state(state)
            if state.line != told:
                notify(f"STATUS={state.line}")
            reported, told = now, state.line
        tick = loop.call_later(max(pool.next_look(now) - now, SHORTEST), news.set)
        await news.wait()
        tick.cancel()
        news.clear()
    pool.end()


def main() -> None:
    """Run."""
    try:
        asyncio.run(hold(Path(sys.argv[1])))
    except (OSError, ValueError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
