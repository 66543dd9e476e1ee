"""pocketsphinx in a process of its own: what runs inside a worker of the decoder pool.

pocketsphinx holds Python's lock while it decodes, so a thread would stall the service's event loop.
"""

import os
import signal
import tempfile
import threading
from dataclasses import dataclass
from multiprocessing import parent_process
from pathlib import Path

from pocketsphinx import Decoder, get_model_path

from lab.speech.audio import SAMPLE_RATE

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
DIGITS_GRAMMAR = f"""#JSGF V1.0;
grammar digits;
public <digits> = ({" | ".join(DIGITS)})+;
"""
# With the defaults (silprob 0.005, wip 0.65) a pause costs more than an invented "eight": 73 of 100
# strings came back exact. Free pauses and a price on every word made it 200 of 200.
DIGITS_WEIGHTS = {"silprob": 1.0, "wip": 0.01}
# The decoder subtracts the mean of the spectrum it has heard so far, and begins with one of quite
# another voice: 16 of the first utterances of 300 fresh decoders got an invented word at their end.
# This is the mean of 300 digit strings of the lab's TTS; set anew for every utterance, so that what
# is understood does not depend on what was heard before.
SPECTRAL_MEAN = "54,-3,10.7,19.5,4.1,3.3,5.4,-14,-8.2,-6.7,11.3,0.5,4.5"


@dataclass
class Recogniser:
    """One decoder per grammar over one loaded model, and the utterance it is in."""

    decoders: dict[str, Decoder]
    current: Decoder | None = None

    def start(self, grammar: str) -> None:
        """Begin an utterance; one that was left open is dropped."""
        self.finish()
        self.current = self.decoders[grammar]
        self.current.set_cmn(SPECTRAL_MEAN)
        self.current.start_utt()

    def feed(self, pcm: bytes) -> str:
        """Decode more audio; what has been understood so far."""
        assert self.current is not None, "start() comes before feed()"
        if pcm:  # pocketsphinx 5.1.1 never returns from an empty buffer
            self.current.process_raw(pcm, no_search=False, full_utt=False)
        return _text(self.current)

    def finish(self) -> str:
        """End the utterance; its transcript, in lower-case words."""
        decoder, self.current = self.current, None
        if decoder is None:
            return ""
        decoder.end_utt()
        return _text(decoder)


def load_recogniser() -> Recogniser:
    """Load the English model: about 0.3 s and 100 MB."""
    with tempfile.NamedTemporaryFile("w", suffix=".dict") as dictionary:
        dictionary.writelines(_digit_pronunciations())
        dictionary.flush()
        digits = Decoder(
            samprate=SAMPLE_RATE, lm=None, dict=dictionary.name, loglevel="FATAL", **DIGITS_WEIGHTS
        )
    digits.add_jsgf_string("digits", DIGITS_GRAMMAR)
    digits.activate_search("digits")
    english = Decoder(samprate=SAMPLE_RATE, loglevel="FATAL")
    return Recogniser({"digits": digits, "english": english})


def _digit_pronunciations() -> list[str]:
    """The digits' lines of the wheel's dictionary: ten words load in 10 ms, all 134 000 in 100."""
    whole = Path(get_model_path("en-us/cmudict-en-us.dict")).read_text(encoding="utf-8")
    lines = whole.splitlines(keepends=True)
    return [line for line in lines if line.split(" ", 1)[0].split("(")[0] in DIGITS]


def _text(decoder: Decoder) -> str:
    hypothesis = decoder.hyp()
    return hypothesis.hypstr if hypothesis is not None else ""


_recogniser: Recogniser | None = None  # of this worker process


def load_in_worker() -> None:
    """Start of a worker process."""
    global _recogniser  # noqa: PLW0603  # a process pool's state lives in its worker's module
    for number in (signal.SIGTERM, signal.SIGINT):  # sent to the whole group; the service ends us
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _recogniser = load_recogniser()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()  # a killed service must not leave its workers behind
        os._exit(1)


def _loaded() -> Recogniser:
    assert _recogniser is not None, "the worker's initializer did not run"
    return _recogniser


def warm() -> None:
    """Return once the model is loaded."""
    _loaded()


def start(grammar: str) -> None:
    """Recogniser.start of this worker."""
    _loaded().start(grammar)


def feed(pcm: bytes) -> str:
    """Recogniser.feed of this worker."""
    return _loaded().feed(pcm)


def finish() -> str:
    """Recogniser.finish of this worker."""
    return _loaded().finish()
