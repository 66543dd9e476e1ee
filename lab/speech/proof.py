"""The spoken proof: text goes to TTS at its public name, its audio to ASR, and comes back as text.

A fixed sentence and six digits, drawn at random in each run; the digits must come back exactly.
Exit status: 0 proved, 1 other digits came back, 2 a connection failed (which, and how, is said).
"""

import argparse
import asyncio
import json
import secrets
import sys
import time
from difflib import SequenceMatcher
from typing import Any

from lab.speech.dialling import HopError
from lab.speech.roundtrip import Filter, RoundTrip, noise, silence, speak_and_hear, unchanged
from lab.speech.summary import render_summary

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
SENTENCE = "The weather is very nice today."
COUNT = 6
FILTERS: dict[str, Filter] = {"tts": unchanged, "silence": silence, "noise": noise}


def draw_digits(count: int = COUNT) -> str:
    """`count` random digits, such as "471926"; a leading zero is as likely as any."""
    return "".join(str(secrets.randbelow(10)) for _ in range(count))


def draw_other(digits: str) -> str:
    """As many random digits, differing from `digits`."""
    while (other := draw_digits(len(digits))) == digits:
        pass
    return other


def spell(digits: str) -> str:
    """Digits as they are spoken: one word each, in one breath (no commas)."""
    return " ".join(WORDS[int(digit)] for digit in digits)


def read_digits(transcript: str) -> str:
    """A transcript's digits; a word that is no digit stays visible as "?"."""
    return "".join(str(WORDS.index(w)) if w in WORDS else "?" for w in transcript.split())


def words_of(text: str) -> list[str]:
    """Lower-case words without punctuation."""
    letters = (letter if letter.isalnum() or letter == "'" else " " for letter in text.lower())
    return "".join(letters).split()


def words_right(text: str, transcript: str) -> int:
    """How many of the text's words were heard, in order."""
    matcher = SequenceMatcher(None, words_of(text), words_of(transcript), autojunk=False)
    return sum(block.size for block in matcher.get_matching_blocks())


async def prove(tts_url: str, asr_url: str, audio: str = "tts") -> dict[str, Any]:
    """Run the proof once; its JSON, see `judge`. HopError when a connection fails."""
    digits = draw_digits()
    said = draw_other(digits) if audio == "other" else digits
    change = FILTERS.get(audio, unchanged)
    begun = time.monotonic()
    spoken = await speak_and_hear(
        tts_url, asr_url, text=spell(digits), say=spell(said), grammar="digits", change=change
    )
    sentence = await speak_and_hear(tts_url, asr_url, text=SENTENCE, change=change)
    proof = judge(digits, spoken, sentence)
    total = round(time.monotonic() - begun, 4)
    return {"audio": audio, "tts": tts_url, "asr": asr_url, **proof, "total_seconds": total}


def judge(digits: str, spoken: RoundTrip, sentence: RoundTrip) -> dict[str, Any]:
    """The verdict: `ok` is whether exactly `digits` came back; both trips with their times."""
    heard = read_digits(spoken.transcript)
    exact = heard == digits
    right = words_right(sentence.text, sentence.transcript)
    count = len(words_of(sentence.text))
    return {
        "ok": exact,
        "digits": {"expected": digits, "heard": heard, "exact": exact, **spoken.as_json()},
        "sentence": {"words": count, "words_right": right, **sentence.as_json()},
    }


def main() -> int:
    """Run the proof and print it."""
    parser = argparse.ArgumentParser(prog="lab.speech.proof", description=__doc__)
    parser.add_argument("--tts", required=True, help="wss://NAME/v1/stream/tts")
    parser.add_argument("--asr", required=True, help="wss://NAME/v1/stream/asr")
    parser.add_argument("--json", action="store_true", help="print JSON instead of lines")
    parser.add_argument(
        "--audio",
        choices=("tts", "silence", "noise", "other"),
        default="tts",
        help="what ASR gets in place of what TTS said; anything but tts must fail the proof",
    )
    options = parser.parse_args()
    try:
        proof = asyncio.run(prove(options.tts, options.asr, options.audio))
        status = 0 if proof["ok"] else 1
    except HopError as error:
        told = {"message": str(error), "url": error.url, "hop": error.hop, "status": error.status}
        proof = {"ok": False, "audio": options.audio, "error": told}
        status = 2
        if options.json:
            print(error, file=sys.stderr)
    lines = [json.dumps(proof)] if options.json else render_summary(proof)
    print("\n".join(lines))
    return status


if __name__ == "__main__":
    sys.exit(main())
