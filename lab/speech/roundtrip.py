"""Text to TTS at its public name, the returned audio on to ASR at its public name.

ASR gets audio and the end of it; nothing in its request depends on the text.
"""

import json
import random
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from lab.speech.audio import FRAME_SECONDS, SAMPLE_RATE
from lab.speech.dialling import Hop, HopError, dial

FRAME_WAIT_SECONDS = 30.0
FINAL_WAIT_SECONDS = 60.0

Filter = Callable[[bytes], bytes]


@dataclass(frozen=True, kw_only=True)
class RoundTrip:
    """One text's way out and back; times in seconds."""

    text: str
    transcript: str
    frames: int
    audio_seconds: float
    connect_tts_seconds: float
    connect_asr_seconds: float
    first_audio_seconds: float  # from the text sent to the first frame received
    final_seconds: float  # from the last frame sent to the final transcript
    total_seconds: float

    def as_json(self) -> dict[str, Any]:
        """Plain values, times rounded to 0.1 ms."""
        pairs = asdict(self).items()
        return {key: round(value, 4) if isinstance(value, float) else value for key, value in pairs}


def unchanged(frame: bytes) -> bytes:
    """What TTS said goes to ASR."""
    return frame


def silence(frame: bytes) -> bytes:
    """As long, and nothing to hear."""
    return bytes(len(frame))


def noise(frame: bytes) -> bytes:
    """As long, and loud."""
    return random.randbytes(len(frame))  # noqa: S311 # nosec B311 - sound, not a secret


def with_query(url: str, **values: str | int) -> str:
    """`url` with query parameters added."""
    parts = urlsplit(url)
    query = "&".join(filter(None, [parts.query, urlencode(values)]))
    return urlunsplit(parts._replace(query=query))


async def speak_and_hear(
    tts_url: str,
    asr_url: str,
    *,
    text: str,
    say: str | None = None,
    grammar: str | None = None,
    change: Filter = unchanged,
) -> RoundTrip:
    """Send `say` (default: `text`) to TTS and its audio, through `change`, to ASR.

    Raises HopError when a connection fails, is cut or falls silent.
    """
    options = {"grammar": grammar} if grammar else {}
    asr_url = with_query(asr_url, rate=SAMPLE_RATE, **options)
    begun = time.monotonic()
    async with dial(tts_url) as tts:
        tts_open = time.monotonic()
        async with dial(asr_url) as asr:
            asr_open = time.monotonic()
            await tts.send(json.dumps({"text": say if say is not None else text}))
            first, frames = await carry(tts, asr, change)
            spoken = time.monotonic()
            await asr.send(json.dumps({"event": "end"}))
            transcript = await final_transcript(asr)
            ended = time.monotonic()
    return RoundTrip(
        text=text,
        transcript=transcript,
        frames=frames,
        audio_seconds=frames * FRAME_SECONDS,
        connect_tts_seconds=tts_open - begun,
        connect_asr_seconds=asr_open - tts_open,
        first_audio_seconds=first - asr_open,
        final_seconds=ended - spoken,
        total_seconds=ended - begun,
    )


async def carry(tts: Hop, asr: Hop, change: Filter) -> tuple[float, int]:
    """Carry each frame over as it comes; when the first came, and how many there were."""
    first, frames = 0.0, 0
    while isinstance(message := await tts.receive(FRAME_WAIT_SECONDS), bytes):
        first = first or time.monotonic()
        frames += 1
        await asr.send(change(message))
    end = tts.read_event(message)
    if not frames or (end.get("sample_rate"), end.get("frames")) != (SAMPLE_RATE, frames):
        raise HopError(tts.url, "stream", f"{frames} frames arrived, and the end says {end}")
    return first, frames


async def final_transcript(asr: Hop) -> str:
    """What ASR understood, after the partial transcripts."""
    while (event := await asr.receive_event(FINAL_WAIT_SECONDS))["event"] != "final":
        pass
    return str(event["text"])
