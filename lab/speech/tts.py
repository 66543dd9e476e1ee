"""TTS service: text in, speech out in 20 ms frames over WebSocket at /v1/stream/tts.

A message is plain text or `{"text": "..."}`; the answer is binary frames, then
`{"event": "end", ...}`. Any number of texts may follow one another on a connection.
Query: `pace` (times faster than real time, default 4, 0 for as fast as possible), `rate=16000`.
"""

import argparse
import asyncio
import json
import logging
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass, field

from websockets.asyncio.server import ServerConnection

from lab.speech.audio import FRAME_SECONDS, SAMPLE_RATE, frames, seconds
from lab.speech.flite import SynthesisError, find_flite, synthesise
from lab.speech.metrics import Metrics
from lab.speech.service import Refusal, Service, log_to_stdout, run_service, serve_until_stopped

log = logging.getLogger("speech")

PATH = "/v1/stream/tts"
MAX_TEXT = 1000  # characters; about a minute of speech
MIN_PACE, MAX_PACE = 0.1, 100.0  # times faster than real time
SYNTHESES = 2  # at once; more wait their turn
PRINTED = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"',
                         "\u2013": "-", "\u2014": "-", "\u2026": "...", "\u00a0": " "})  # fmt: skip


def read_text(message: str | bytes) -> str:
    """The text to speak, from one message of a caller; Refusal says what is wrong with it."""
    if isinstance(message, bytes):
        raise Refusal(1003, 'Send text, or JSON as {"text": "..."}; this message is binary.')
    text = message
    if message.lstrip().startswith("{"):
        try:
            text = json.loads(message)["text"]
        except (ValueError, KeyError, RecursionError):
            raise Refusal(1008, 'A message that begins with { is JSON: {"text": "..."}.') from None
        if not isinstance(text, str):
            raise Refusal(1008, '"text" must be a string.')
    if len(text) > MAX_TEXT:
        raise Refusal(1009, f"{len(text)} characters; at most {MAX_TEXT} are spoken at once.")
    text = " ".join(text.translate(PRINTED).split())
    for place, letter in enumerate(text):
        if not (letter.isascii() and letter.isprintable()):
            raise Refusal(1008, f"Character {place + 1}, {letter!a}, is not English text.")
    if not any(letter.isalnum() for letter in text):
        raise Refusal(1008, "There is no word to speak.")
    return text


def read_pace(query: dict[str, str], default: float) -> float:
    """How many times faster than real time to send; 0 is as fast as possible."""
    if query.get("rate", str(SAMPLE_RATE)) != str(SAMPLE_RATE):
        raise Refusal(1008, f"This voice speaks at rate={SAMPLE_RATE} only.")
    try:
        pace = float(query.get("pace", default))
    except ValueError:
        pace = -1.0
    if pace != 0 and not MIN_PACE <= pace <= MAX_PACE:
        raise Refusal(
            1008, f"pace is a number from {MIN_PACE} to {MAX_PACE:.0f}, or 0 for no pacing."
        )
    return pace


@dataclass
class Speaker:
    """Speaks what the callers of one service send."""

    metrics: Metrics
    pace: float
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(SYNTHESES))

    async def handle(self, connection: ServerConnection, query: dict[str, str]) -> None:
        """Serve one stream: every text is spoken in turn."""
        pace = read_pace(query, self.pace)
        async for message in connection:
            await self.speak(connection, read_text(message), pace)

    async def speak(self, connection: ServerConnection, text: str, pace: float) -> None:
        """Send one text's audio, then its end message."""
        begun = time.monotonic()
        async with self.turns:
            pcm = await synthesise(text)
        if not pcm:
            raise Refusal(1008, "There is no word to speak.")
        synthesised = time.monotonic()
        count = 0
        for count, frame in enumerate(frames(pcm), start=1):
            if pace:
                due = synthesised + (count - 1) * FRAME_SECONDS / pace
                if (early := due - time.monotonic()) > 0:
                    await asyncio.sleep(early)
            await connection.send(frame)
            if count == 1:
                first = time.monotonic() - begun
                self.metrics.latency.observe(first)
            self.metrics.frames += 1
            self.metrics.audio_seconds += FRAME_SECONDS
        end = {
            "event": "end",
            "sample_rate": SAMPLE_RATE,
            "frames": count,
            "frame_ms": round(FRAME_SECONDS * 1000),
            "audio_seconds": round(seconds(len(pcm)), 3),
            "timing": {
                "synthesis_seconds": round(synthesised - begun, 4),
                "first_frame_seconds": round(first, 4),
                "total_seconds": round(time.monotonic() - begun, 4),
            },
        }
        await connection.send(json.dumps(end))
        log.info("spoken: stream=%s frames=%d first_frame=%.3f", connection.id, count, first)


def create_service(*, instance: str, pace: float = 4.0) -> Service:
    """The service, not yet listening; SynthesisError when flite is not installed."""
    find_flite()
    metrics = Metrics("tts", "From a text's arrival to its first frame sent.")
    speaker = Speaker(metrics, pace)
    return Service(name="tts", path=PATH, instance=instance, metrics=metrics, handle=speaker.handle)


def main() -> None:
    """Run the service."""
    parser = argparse.ArgumentParser(prog="lab.speech.tts", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8002)
    parser.add_argument("--instance", default="tts", help="shown in /health and /metrics")
    parser.add_argument("--pace", type=float, default=4.0, help="times faster than real time")
    options = parser.parse_args()
    log_to_stdout()
    try:
        service = create_service(instance=options.instance, pace=options.pace)
    except SynthesisError as error:
        sys.exit(str(error))
    run_service(serve_until_stopped(service, options.host, options.port, nullcontext))


if __name__ == "__main__":
    main()
