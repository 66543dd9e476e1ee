"""Text to audio with Debian's flite, voice rms."""

import asyncio
import shutil
import tempfile
import wave
from pathlib import Path

from lab.speech.audio import SAMPLE_BYTES, SAMPLE_RATE

VOICE = "rms"
TIMEOUT_SECONDS = 30.0


class SynthesisError(Exception):
    """flite is missing, failed, or gave audio of another format."""


def find_flite() -> str:
    """The path of flite; SynthesisError when it is not installed."""
    path = shutil.which("flite")
    if path is None:
        raise SynthesisError(
            "flite is not installed; run: apt install --no-install-recommends flite"
        )
    return path


async def synthesise(text: str) -> bytes:
    """Speak `text`: 16-bit mono PCM at 16 kHz; may be empty when there is nothing to say.

    The text goes through a file, so it is neither an option of flite nor in the process list.
    """
    with tempfile.TemporaryDirectory(prefix="tts-") as folder:
        source, target = write_text(Path(folder), text), Path(folder, "speech.wav")
        process = await asyncio.create_subprocess_exec(
            find_flite(), "-voice", VOICE, "-f", str(source), "-o", str(target),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                _, complaint = await process.communicate()
        except TimeoutError as error:
            raise SynthesisError(f"flite took more than {TIMEOUT_SECONDS:.0f} s") from error
        finally:
            if process.returncode is None:  # too slow, or the caller left
                process.kill()
                await process.wait()
        if process.returncode:
            words = complaint.decode(errors="replace").strip()[:300]
            raise SynthesisError(f"flite ended with status {process.returncode}: {words}")
        return read_wave(target)


def write_text(folder: Path, text: str) -> Path:
    """A file in `folder` with the ASCII `text`."""
    path = folder / "text"
    path.write_text(text, encoding="ascii")
    return path


def read_wave(path: Path) -> bytes:
    """The samples of a WAV file; SynthesisError unless 16-bit mono at 16 kHz."""
    if not path.exists() or path.stat().st_size == 0:
        return b""  # flite writes nothing for text without a word in it
    with wave.open(str(path), "rb") as sound:
        found = (sound.getframerate(), sound.getsampwidth(), sound.getnchannels())
        if found != (SAMPLE_RATE, SAMPLE_BYTES, 1):
            raise SynthesisError(
                f"flite gave {found[0]} Hz, {8 * found[1]} bit, {found[2]} channels; "
                f"expected {SAMPLE_RATE} Hz, 16 bit, 1 channel"
            )
        return sound.readframes(sound.getnframes())
