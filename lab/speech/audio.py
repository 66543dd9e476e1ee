"""The audio format of both services, and how audio is cut into frames."""

from array import array
from collections.abc import Iterator

SAMPLE_RATE = 16000  # Hz; what flite's voice rms speaks and pocketsphinx's English model hears
SAMPLE_BYTES = 2
FRAME_SECONDS = 0.02
FRAME_BYTES = int(SAMPLE_RATE * FRAME_SECONDS) * SAMPLE_BYTES
SILENT_FRAME = bytes(FRAME_BYTES)
QUIET_PEAK = 200  # of 32767; below it a frame counts as silence


def seconds(size: int) -> float:
    """How long `size` bytes of audio last, in seconds."""
    return size / (SAMPLE_RATE * SAMPLE_BYTES)


def frames(pcm: bytes) -> Iterator[bytes]:
    """Cut PCM into 20 ms frames; the last one is filled up with silence."""
    for start in range(0, len(pcm), FRAME_BYTES):
        yield pcm[start : start + FRAME_BYTES].ljust(FRAME_BYTES, b"\0")


def is_quiet(frame: bytes) -> bool:
    """Whether a frame (whole samples, at least one) holds no sound worth decoding."""
    samples = array("h", frame)
    return max(samples) < QUIET_PEAK and min(samples) > -QUIET_PEAK
