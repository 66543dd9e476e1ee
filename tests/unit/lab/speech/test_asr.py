"""The ASR service: what it hears, what it refuses, and that it keeps answering."""

import json
import os
import signal
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from lab.speech.audio import SILENT_FRAME
from tests.unit.lab.speech.services import Running
from tests.unit.lab.speech.test_tts import speak

END = json.dumps({"event": "end"})


def sound(tts: Running, text: str) -> list[bytes]:
    """The frames of `text`."""
    return speak(tts.url + "?pace=0", text)[0][0]


def hear(stream: ClientConnection, frames: list[bytes]) -> tuple[list[str], dict[str, Any]]:
    """Send frames and the end; the partial transcripts and the final event."""
    for frame in frames:
        stream.send(frame)
    stream.send(END)
    partials = []
    while (event := json.loads(stream.recv(timeout=20)))["event"] == "partial":
        partials.append(event["text"])
    assert event["event"] == "final", event
    return partials, event


def test_digits_come_back_as_words_growing_on_the_way(tts: Running, asr: Running) -> None:
    with connect(asr.url + "?rate=16000&grammar=digits", proxy=None) as stream:
        partials, final = hear(stream, sound(tts, "zero nine one eight two seven"))
    assert final["text"] == "zero nine one eight two seven"
    assert final["audio_seconds"] > 1.5
    assert len(partials) > 2


def test_english_needs_no_grammar(tts: Running, asr: Running) -> None:
    with connect(asr.url, proxy=None) as stream:
        _, final = hear(stream, sound(tts, "Please call me back tomorrow morning."))
    assert final["text"] == "please call me back tomorrow morning"


def test_a_long_pause_splits_nothing_off_and_utterances_may_follow(
    tts: Running, asr: Running
) -> None:
    pause = [SILENT_FRAME] * 100
    with connect(asr.url + "?grammar=digits", proxy=None) as stream:
        frames = [*pause, *sound(tts, "four seven"), *pause, *sound(tts, "one six"), *pause]
        assert hear(stream, frames)[1]["text"] == "four seven one six"
        assert hear(stream, sound(tts, "five five"))[1]["text"] == "five five"


def test_silence_is_heard_as_nothing(asr: Running) -> None:
    with connect(asr.url + "?grammar=digits", proxy=None) as stream:
        partials, final = hear(stream, [SILENT_FRAME] * 100)
    assert (partials, final["text"], final["audio_seconds"]) == ([], "", 2.0)


def test_quiet_streams_hold_no_decoder(tts: Running, asr: Running) -> None:
    word_and_pause = [*sound(tts, "one"), *[SILENT_FRAME] * 60]
    with ExitStack() as stack:
        for _ in range(6):  # more than there are decoders
            quiet = stack.enter_context(connect(asr.url, proxy=None))
            for frame in word_and_pause:
                quiet.send(frame)
        assert asr.metric("speech_open_streams") == 6
        with connect(asr.url + "?grammar=digits", proxy=None) as stream:
            assert hear(stream, sound(tts, "three two"))[1]["text"] == "three two"


def test_health_answers_while_every_decoder_works(tts: Running, asr: Running) -> None:
    frames = sound(tts, "the quick brown fox jumps over the lazy dog " * 3)
    with ExitStack() as stack:
        streams = [stack.enter_context(connect(asr.url, proxy=None)) for _ in range(3)]
        for stream in streams:
            for frame in frames:
                stream.send(frame)
            stream.send(END)
        begun = time.monotonic()
        assert asr.get("/health").json()["open_streams"] == 3
        assert time.monotonic() - begun < 1.0  # they are at it for seconds


@pytest.mark.parametrize(
    ("query", "message", "code", "words"),
    [
        ("", b"\0", 1003, "16-bit samples"),
        ("", b"", 1003, "16-bit samples"),
        ("", bytes(3202), 1009, "20 ms"),
        ("", "four seven", 1008, '{"event": "end"}'),
        ("", '{"event": "hint"}', 1008, '{"event": "end"}'),
        ("", "[" * 5000, 1008, '{"event": "end"}'),
        ("?grammar=words", SILENT_FRAME, 1008, "digits"),
        ("?rate=8000", SILENT_FRAME, 1008, "16000"),
    ],
)
def test_what_is_not_audio_is_refused_in_words(
    asr: Running, query: str, message: str | bytes, code: int, words: str
) -> None:
    with connect(asr.url + query, proxy=None) as stream:
        with suppress(ConnectionClosed):  # a wrong query is refused before anything is sent
            stream.send(message)
        error = json.loads(stream.recv(timeout=20))
        with pytest.raises(ConnectionClosed):
            stream.recv(timeout=20)
        assert (error["event"], error["code"], stream.close_code) == ("error", code, code)
        assert words in error["message"]


def test_a_stream_may_not_be_endless(asr: Running) -> None:
    with connect(asr.url, proxy=None) as stream:
        with suppress(ConnectionClosed):  # refused while we still send
            for _ in range(40 * 50 + 1):
                stream.send(SILENT_FRAME)
        assert json.loads(stream.recv(timeout=20))["code"] == 1009


def test_a_dead_decoder_is_replaced_unnoticed(tts: Running, asr: Running) -> None:
    frames = sound(tts, "seven eight")
    children = Path(f"/proc/{asr.process.pid}/task/{asr.process.pid}/children").read_text().split()
    decoders = [
        pid for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    assert decoders
    os.kill(int(decoders[0]), signal.SIGKILL)
    for _ in decoders:  # whichever of them is asked
        with connect(asr.url + "?grammar=digits", proxy=None) as stream:
            assert hear(stream, frames)[1]["text"] == "seven eight"
