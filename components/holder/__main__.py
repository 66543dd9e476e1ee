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
from pathlib import Path

from .config import Config, load
from .pool import Pool
from .report import StateFile, describe
from .session import Session

JUMP = 2.0  # a tick that comes so late (seconds): this machine has slept
SHORTEST = 0.01  # seconds between two ticks
REPORT = 2.0  # seconds between two writings of a state that says the same


def say(line: str) -> None:
    """One line for the journal; while nobody reads it, the tunnel goes on without a word."""
    with contextlib.suppress(OSError):
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
    """Whether the machine stood still between two ticks."""
    return now - before > JUMP


def clock() -> float:
    """Seconds that also pass while the machine is suspended."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


async def hold(folder: Path) -> None:
    """Hold the tunnel until SIGTERM."""
    news, over = asyncio.Event(), False

    def dial(config: Config, slot: int, letter: str) -> Session:
        return Session(config, slot, letter, news.set)

    pool = Pool(load(folder / "config.json"), dial, say, time.monotonic())
    state_file = StateFile(os.environ.get("RUNTIME_DIRECTORY", ""), say)
    loop = asyncio.get_running_loop()

    def finish() -> None:
        nonlocal over
        over = True
        news.set()

    def reload() -> None:
        try:
            pool.take_up(load(folder / "config.json"), time.monotonic())
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
        now = time.monotonic()
        pool.tick(now)
        state = describe(pool.slots, now)
        if state.line != told or now - reported > REPORT:
            state_file.write(state)
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
