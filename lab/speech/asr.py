"""ASR service: speech in, transcripts out over WebSocket at /v1/stream/asr.

Binary messages are 16-bit mono PCM at 16 kHz, usually 20 ms each; `{"event": "end"}` ends the
utterance, and another may follow. Answers: `{"event": "partial", "text"}` while it grows,
`{"event": "final", "text", ...}` at its end.
Query: `rate=16000`; `grammar=digits` for the ten digits only, without it any English.
"""

import argparse
import json
import logging
import os
import time
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from websockets.asyncio.server import ServerConnection

from lab.speech.audio import SAMPLE_BYTES, SAMPLE_RATE, seconds
from lab.speech.metrics import Metrics
from lab.speech.pool import DecoderPool
from lab.speech.service import Refusal, Service, log_to_stdout, run_service, serve_until_stopped
from lab.speech.utterance import BacklogError, Utterance

log = logging.getLogger("speech")

PATH = "/v1/stream/asr"
MAX_FRAME_SECONDS = 0.1
MAX_STREAM_SECONDS = 4 * 3600.0
GRAMMARS = ("english", "digits")


def read_grammar(query: dict[str, str]) -> str:
    """The grammar asked for; Refusal for one we do not have, or for another sample rate."""
    if query.get("rate", str(SAMPLE_RATE)) != str(SAMPLE_RATE):
        raise Refusal(1008, f"This model hears rate={SAMPLE_RATE} only.")
    grammar = query.get("grammar", "english")
    if grammar not in GRAMMARS:
        raise Refusal(1008, f"grammar is one of {', '.join(GRAMMARS)}.")
    return grammar


def check_frame(frame: bytes) -> None:
    """Refuse a message that is not a short run of whole 16-bit samples."""
    if not frame or len(frame) % SAMPLE_BYTES:
        raise Refusal(1003, f"{len(frame)} bytes are not whole 16-bit samples.")
    if seconds(len(frame)) > MAX_FRAME_SECONDS:
        raise Refusal(1009, f"{len(frame)} bytes in one message; send 20 ms (640 bytes) each.")


def check_event(message: str) -> None:
    """Refuse every text message but the end of an utterance."""
    try:
        if json.loads(message)["event"] == "end":
            return
    except (ValueError, KeyError, TypeError, RecursionError):
        pass  # refused below, like every other text
    raise Refusal(1008, 'Send audio as binary messages; the only text is {"event": "end"}.')


@dataclass
class Listener:
    """Transcribes what the callers of one service send."""

    metrics: Metrics
    pool: DecoderPool
    max_seconds: float

    async def handle(self, connection: ServerConnection, query: dict[str, str]) -> None:
        """Serve one stream: every utterance in turn."""
        grammar = read_grammar(query)

        async def tell(text: str) -> None:
            await connection.send(json.dumps({"event": "partial", "text": text}))

        utterance = Utterance(self.pool, grammar, tell)
        heard = total = 0.0  # seconds of audio in the utterance, in the stream
        try:
            async for message in connection:
                if isinstance(message, str):
                    check_event(message)
                    await self.conclude(connection, utterance, heard)
                    utterance, heard = Utterance(self.pool, grammar, tell), 0.0
                    continue
                check_frame(message)
                length = seconds(len(message))
                heard, total = heard + length, total + length
                self.metrics.frames += 1
                self.metrics.audio_seconds += length
                if total > self.max_seconds:
                    raise Refusal(
                        1009, f"A stream holds at most {self.max_seconds:.0f} s of audio."
                    )
                utterance.add(message)
        except BacklogError as error:
            raise Refusal(1013, f"{error}; try again later.") from error
        finally:
            await utterance.abandon()

    async def conclude(
        self, connection: ServerConnection, utterance: Utterance, heard: float
    ) -> None:
        """Send the final transcript of an utterance of `heard` seconds."""
        ended = time.monotonic()
        text = await utterance.finish()
        latency = time.monotonic() - ended
        self.metrics.latency.observe(latency)
        final = {
            "event": "final",
            "text": text,
            "audio_seconds": round(heard, 3),
            "latency_seconds": round(latency, 4),
        }
        await connection.send(json.dumps(final))
        log.info("heard: stream=%s audio=%.2f latency=%.3f", connection.id, heard, latency)


def create_service(
    *, instance: str, pool: DecoderPool, max_seconds: float = MAX_STREAM_SECONDS
) -> Service:
    """The service, not yet listening; it says `loading` until its pool has loaded."""
    metrics = Metrics("asr", "From the end of an utterance to its final transcript.")
    listener = Listener(metrics, pool, max_seconds)
    return Service(
        name="asr", path=PATH, instance=instance, metrics=metrics, handle=listener.handle,
        ready=False,
    )  # fmt: skip


async def run(options: argparse.Namespace) -> None:
    """Serve until stopped. The models load while the service already answers."""
    pool = DecoderPool(options.decoders)
    service = create_service(instance=options.instance, pool=pool, max_seconds=options.max_seconds)

    @asynccontextmanager
    async def decoders() -> AsyncIterator[Awaitable[None]]:
        async with pool.running() as loading:

            async def get_ready() -> None:
                await loading
                service.ready = True
                log.info("ready: decoders=%d", options.decoders)

            yield get_ready()

    await serve_until_stopped(service, options.host, options.port, decoders)


def main() -> None:
    """Run the service."""
    parser = argparse.ArgumentParser(prog="lab.speech.asr", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--instance", default="asr", help="shown in /health and /metrics")
    parser.add_argument("--decoders", type=int, default=min(2, os.cpu_count() or 1),
                        help="utterances decoded at once; 100 MB each")  # fmt: skip
    parser.add_argument("--max-seconds", type=float, default=MAX_STREAM_SECONDS)
    options = parser.parse_args()
    log_to_stdout()
    run_service(run(options))


if __name__ == "__main__":
    main()
