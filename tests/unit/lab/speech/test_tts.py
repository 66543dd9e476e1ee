"""The TTS service: what it speaks, how fast, and what it refuses."""

import json
import time
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from lab.speech.audio import FRAME_BYTES, is_quiet
from lab.speech.service import Refusal
from lab.speech.tts import MAX_TEXT, read_pace, read_text
from tests.unit.lab.speech.services import Running


def speak(url: str, *messages: str | bytes) -> list[tuple[list[bytes], dict[str, Any]]]:
    """For each message: the frames, and the JSON that ended them."""
    spoken = []
    with connect(url, proxy=None) as stream:
        for message in messages:
            stream.send(message)
            frames = []
            while isinstance(answer := stream.recv(timeout=20), bytes):
                frames.append(answer)
            spoken.append((frames, json.loads(answer)))
    return spoken


def refusal(url: str, message: str | bytes) -> tuple[dict[str, Any], int | None]:
    """The error a message is answered with, and the code the stream is then closed with."""
    with connect(url, proxy=None) as stream:
        stream.send(message)
        error = json.loads(stream.recv(timeout=20))
        with pytest.raises(ConnectionClosed):
            stream.recv(timeout=20)
        return error, stream.close_code


def test_text_comes_back_as_20_ms_frames_of_sound_and_an_end(tts: Running) -> None:
    [(frames, end)] = speak(tts.url + "?pace=0", json.dumps({"text": "one two three"}))
    assert {len(frame) for frame in frames} == {FRAME_BYTES} == {640}
    assert sum(not is_quiet(frame) for frame in frames) > 20
    assert end["event"] == "end"
    assert (end["sample_rate"], end["frame_ms"]) == (16000, 20)
    assert end["frames"] == len(frames)
    assert end["audio_seconds"] == pytest.approx(len(frames) * 0.02, abs=0.02)
    assert 0 < end["timing"]["synthesis_seconds"] <= end["timing"]["first_frame_seconds"]


def test_plain_text_and_json_sound_the_same_and_may_follow_one_another(tts: Running) -> None:
    plain, wrapped = speak(tts.url + "?pace=0", "hello", json.dumps({"text": "hello"}))
    assert plain[0] == wrapped[0]


def test_pace_is_kept(tts: Running) -> None:
    begun = time.monotonic()
    [(frames, _)] = speak(tts.url + "?pace=2", "one")
    assert time.monotonic() - begun >= (len(frames) - 1) * 0.02 / 2


@pytest.mark.parametrize(
    ("message", "code", "words"),
    [
        (b"\0\0", 1003, "binary"),
        ("{oops", 1008, '{"text": "..."}'),
        ("{}", 1008, '{"text": "..."}'),
        ('{"text": 5}', 1008, "string"),
        ("  ...  ", 1008, "no word"),
        ("caf\u00e9", 1008, "Character 4"),
        ("a\0b", 1008, "Character 2"),
        ("a" * (MAX_TEXT + 1), 1009, str(MAX_TEXT)),
    ],
)
def test_what_cannot_be_spoken_is_refused_in_words(
    tts: Running, message: str | bytes, code: int, words: str
) -> None:
    error, closed = refusal(tts.url, message)
    assert (error["event"], error["code"], closed) == ("error", code, code)
    assert words in error["message"]


def test_a_message_far_too_long_ends_the_stream_unread(tts: Running) -> None:
    with connect(tts.url, proxy=None) as stream:
        stream.send("a" * 100_000)
        with pytest.raises(ConnectionClosed):
            stream.recv(timeout=20)
        assert stream.close_code == 1009


def test_text_is_never_an_option_of_flite(tts: Running) -> None:
    [(frames, _)] = speak(tts.url + "?pace=0", "-voice kal; $(reboot) `id`")
    assert len(frames) > 50


def test_typographic_marks_are_spoken_as_plain_ones() -> None:
    assert (
        read_text("It\u2019s \u201cfine\u201d \u2013 really\u2026\n") == 'It\'s "fine" - really...'
    )


@pytest.mark.parametrize(
    "query", [{"pace": "-1"}, {"pace": "nan"}, {"pace": "x"}, {"rate": "8000"}]
)
def test_parameters_out_of_range_are_refused(query: dict[str, str]) -> None:
    with pytest.raises(Refusal) as caught:
        read_pace(query, 4.0)
    assert caught.value.code == 1008
