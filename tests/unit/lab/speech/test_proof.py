"""The spoken proof: it passes for what was spoken, and for nothing else."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from lab.speech.proof import SENTENCE, draw_digits, judge, read_digits, spell, words_right
from lab.speech.roundtrip import RoundTrip, with_query
from lab.speech.summary import render_summary
from tests.unit.lab.speech.services import ROOT, Running, free_port

TRIP = RoundTrip(
    text="four seven", transcript="four seven", frames=50, audio_seconds=1.0,
    connect_tts_seconds=0.1, connect_asr_seconds=0.12, first_audio_seconds=0.15,
    final_seconds=0.2, total_seconds=1.5,
)  # fmt: skip
SPOKEN = replace(TRIP, text=SENTENCE, transcript="the weather is very nice today")


def proof(tts_url: str, asr_url: str, *options: str) -> tuple[int, str, str]:
    """Run it as the client host does: exit status, output, errors."""
    argv = [sys.executable, "-m", "lab.speech.proof", "--tts", tts_url, "--asr", asr_url, *options]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout, done.stderr


def test_random_digits_come_back_exactly(tts: Running, asr: Running) -> None:
    status, output, _ = proof(tts.url, asr.url, "--json")
    told = json.loads(output)
    assert status == 0, output
    assert told["ok"]
    assert told["digits"]["heard"] == told["digits"]["expected"]
    assert len(told["digits"]["expected"]) == 6
    assert told["digits"]["text"] == spell(told["digits"]["expected"])
    assert told["sentence"]["words_right"] == told["sentence"]["words"] == 6
    assert told["digits"]["audio_seconds"] > 1
    assert told["digits"]["first_audio_seconds"] > 0


@pytest.mark.parametrize("audio", ["silence", "noise", "other"])
def test_any_other_audio_fails_the_proof(tts: Running, asr: Running, audio: str) -> None:
    status, output, _ = proof(tts.url + "?pace=0", asr.url, "--json", "--audio", audio)
    told = json.loads(output)
    assert (status, told["ok"], told["digits"]["exact"]) == (1, False, False)
    if audio == "silence":
        assert told["digits"]["heard"] == told["sentence"]["transcript"] == ""
    if audio == "other":
        assert len(told["digits"]["heard"]) == 6  # it did hear: what was really said


def test_an_unreachable_service_is_named(asr: Running) -> None:
    url = f"ws://127.0.0.1:{free_port()}/v1/stream/tts"
    status, output, errors = proof(url, asr.url, "--json")
    assert status == 2
    assert json.loads(output)["error"]["hop"] == "tcp"
    assert url in errors


def test_an_http_answer_in_place_of_a_stream_is_named_with_its_status(
    tts: Running, asr: Running
) -> None:
    status, output, _ = proof(tts.url, asr.url.replace("/asr", "/nothing"))
    assert status == 2
    assert "/nothing" in output
    assert "HTTP 404" in output


def test_digits_are_drawn_anew_each_time() -> None:
    drawn = {draw_digits() for _ in range(50)}
    assert len(drawn) > 45
    assert all(len(digits) == 6 and digits.isdigit() for digits in drawn)


def test_spelling_is_read_back_and_other_words_are_not_dropped() -> None:
    assert spell("0490") == "zero four nine zero"
    assert read_digits(spell("0123456789")) == "0123456789"
    assert read_digits("four oh seven") == "4?7"


@pytest.mark.parametrize(
    "transcript", ["", "four", "four seven seven", "seven four", "four eleven"]
)
def test_only_the_very_digits_pass(transcript: str) -> None:
    assert judge("47", TRIP, SPOKEN)["ok"]
    assert not judge("47", replace(TRIP, transcript=transcript), SPOKEN)["ok"]


def test_words_are_counted_in_order() -> None:
    assert words_right("The cat sat.", "the cat sat") == 3
    assert words_right("The cat sat.", "a cat that sat") == 2
    assert words_right("The cat sat.", "") == 0


def test_the_summary_shows_text_transcript_and_timing() -> None:
    told = {"audio": "tts", **judge("47", TRIP, SPOKEN), "total_seconds": 3.0}
    lines = "\n".join(render_summary(told))
    for piece in ("PROVED", "47 spoken, 47 heard", SENTENCE, "6 of 6 words", "100 ms", "150 ms",
                  "200 ms after the audio", "3.00 s"):  # fmt: skip
        assert piece in lines


def test_the_summary_of_a_failed_proof_says_so() -> None:
    told = {"audio": "silence", **judge("47", replace(TRIP, transcript=""), SPOKEN)}
    lines = "\n".join(render_summary({**told, "total_seconds": 3.0}))
    assert "FAILED" in lines
    assert "PROVED" not in lines
    assert "47 spoken, none heard" in lines
    assert "silence, instead" in lines
    assert render_summary({"ok": False, "error": {"message": "no"}}) == ["FAILED   no"]


def test_a_query_is_added_to_one_that_is_there() -> None:
    assert with_query("wss://a/b?pace=0", rate=16000) == "wss://a/b?pace=0&rate=16000"
