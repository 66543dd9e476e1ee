"""Hold a stream to ASR open and watch it: 20 ms frames of silence go up, pongs come back.

Prints JSON: was the stream cut, when and how, and the longest time without a sign of life.
Exit status: 0 held to the end, 1 cut, 2 it could not be opened.
"""

import argparse
import asyncio
import json
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed

from lab.speech.audio import FRAME_SECONDS, SAMPLE_RATE, SILENT_FRAME
from lab.speech.dialling import Hop, HopError, dial, explain_cut
from lab.speech.roundtrip import with_query

FINAL_WAIT_SECONDS = 15.0


@dataclass
class Watch:
    """What was seen of one stream; times in seconds since it opened."""

    begun: float = field(default_factory=time.monotonic)
    frames: int = 0
    pongs: int = 0
    last_sign: float = 0.0
    longest_gap: float = 0.0
    longest_stall: float = 0.0  # one frame's wait for room to be sent
    slowest_pong: float = 0.0
    cut: HopError | None = None
    cut_after: float | None = None
    answered: bool = False  # the final transcript came after the last frame

    def now(self) -> float:
        """Seconds since the stream opened."""
        return time.monotonic() - self.begun

    def sign_of_life(self) -> None:
        """The far end answered."""
        now = self.now()
        self.longest_gap = max(self.longest_gap, now - self.last_sign)
        self.last_sign = now

    def end(self, cut: HopError) -> None:
        """The stream was cut."""
        self.cut, self.cut_after = cut, self.now()
        self.longest_gap = max(self.longest_gap, self.cut_after - self.last_sign)

    def as_json(self) -> dict[str, Any]:
        """The report."""
        return {
            "cut": self.cut is not None,
            "cut_after_seconds": None if self.cut_after is None else round(self.cut_after, 3),
            "close_code": self.cut.status if self.cut else None,
            "message": str(self.cut) if self.cut else None,
            "seconds": round(self.now() if self.cut_after is None else self.cut_after, 3),
            "frames": self.frames,
            "pongs": self.pongs,
            "longest_gap_seconds": round(self.longest_gap, 3),
            "longest_stall_seconds": round(self.longest_stall, 3),
            "slowest_pong_seconds": round(self.slowest_pong, 3),
            "final": self.answered,
        }


async def hold(
    url: str,
    *,
    seconds: float,
    ping_every: float,
    stop: asyncio.Event,
    opened: Callable[[], None] | None = None,
) -> Watch:
    """Stream silence for `seconds` (0: until `stop`); HopError when it could not be opened.

    `opened` is called once, as soon as the service has taken the stream.
    """
    async with dial(with_query(url, rate=SAMPLE_RATE), ping_interval=None) as hop:
        watch = Watch()
        if opened:
            opened()
        pinging = asyncio.create_task(_ping(hop, watch, ping_every))
        try:
            await _send_silence(hop, watch, seconds, stop)
            pinging.cancel()
            await hop.send(json.dumps({"event": "end"}))
            while (await hop.receive_event(FINAL_WAIT_SECONDS))["event"] != "final":
                watch.sign_of_life()
            watch.sign_of_life()
            watch.answered = True
        except HopError as error:
            watch.end(error)
        finally:
            pinging.cancel()
        return watch


async def _send_silence(hop: Hop, watch: Watch, seconds: float, stop: asyncio.Event) -> None:
    while not stop.is_set() and not (seconds and watch.frames * FRAME_SECONDS >= seconds):
        before = time.monotonic()
        await hop.send(SILENT_FRAME)
        watch.frames += 1
        watch.longest_stall = max(watch.longest_stall, time.monotonic() - before)
        if (early := watch.frames * FRAME_SECONDS - watch.now()) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), early)


async def _ping(hop: Hop, watch: Watch, every: float) -> None:
    try:
        while True:
            watch.slowest_pong = max(watch.slowest_pong, await (await hop.connection.ping()))
            watch.pongs += 1
            watch.sign_of_life()
            await asyncio.sleep(every)
    except ConnectionClosed as error:
        if watch.cut is None:
            watch.end(explain_cut(hop.url, error))


async def run(options: argparse.Namespace) -> Watch:
    """Hold the stream; SIGTERM and Ctrl-C end it in order."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return await hold(
        options.url,
        seconds=options.seconds,
        ping_every=options.ping_every,
        stop=stop,
        opened=options.opened_file.touch if options.opened_file else None,
    )


def main() -> int:
    """Run it and print the report."""
    parser = argparse.ArgumentParser(prog="lab.speech.stream", description=__doc__)
    parser.add_argument("--url", required=True, help="wss://NAME/v1/stream/asr")
    parser.add_argument("--seconds", type=float, default=0.0, help="0: until SIGTERM or Ctrl-C")
    parser.add_argument("--ping-every", type=float, default=0.5, help="seconds between pings")
    parser.add_argument("--opened-file", type=Path, help="made as soon as the stream is open")
    options = parser.parse_args()
    try:
        watch = asyncio.run(run(options))
    except HopError as error:
        print(json.dumps({"opened": False, "hop": error.hop, "status": error.status,
                          "message": str(error)}))  # fmt: skip
        print(error, file=sys.stderr)
        return 2
    print(json.dumps({"opened": True, **watch.as_json()}))
    return 1 if watch.cut else 0


if __name__ == "__main__":
    sys.exit(main())
