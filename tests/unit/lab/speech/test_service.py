"""What both services share: health, metrics, the log, the end."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from lab.speech.audio import SILENT_FRAME
from tests.unit.lab.speech.services import ROOT, Running, free_port, running
from tests.unit.lab.speech.test_tts import speak


def is_running(pid: str) -> bool:
    """Whether a process lives; a dead one that nobody has collected yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_health_says_who_answers(tts: Running, asr: Running) -> None:
    for service, instance in ((tts, "tts-1"), (asr, "asr-1")):
        answer = service.get("/health")
        assert answer.headers["Content-Type"] == "application/json"
        page = answer.json()
        assert (page["service"], page["status"], page["instance"]) == (
            service.name, "ok", instance,
        )  # fmt: skip
        assert page["version"]
        assert page["uptime_seconds"] > 0


def test_metrics_count_what_was_done(tts: Running) -> None:
    before = {
        name: tts.metric(name) for name in ("speech_frames_total", "speech_latency_seconds_count")
    }
    [(frames, _)] = speak(tts.url + "?pace=0", "one")
    assert tts.metric("speech_frames_total") == before["speech_frames_total"] + len(frames)
    assert tts.metric("speech_latency_seconds_count") == before["speech_latency_seconds_count"] + 1
    page = tts.get("/metrics")
    assert page.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert 'path="/v1/stream/tts",status="101"' in page.text


def test_other_paths_are_not_found_and_make_no_label_of_their_own(tts: Running) -> None:
    assert tts.get("/secret-path").status_code == 404
    assert tts.get("/v1/stream/tts").status_code == 426
    assert "secret-path" not in tts.get("/metrics").text


def test_a_service_answers_while_its_models_load_and_ends_in_order(tmp_path: Path) -> None:
    with running("asr", tmp_path / "log", "--decoders", "1", ready=False) as service:
        early = service.get("/health")
        assert (early.status_code, early.json()["status"]) == (503, "loading")
        with connect(service.url, proxy=None) as stream:
            stream.send(SILENT_FRAME)
            children = Path(f"/proc/{service.process.pid}/task").glob("*/children")
            pids = [pid for file in children for pid in file.read_text().split()]
            assert pids
            service.process.send_signal(signal.SIGTERM)
            with pytest.raises(ConnectionClosed):
                stream.recv(timeout=20)
            assert stream.close_code == 1001
        assert service.process.wait(20) == 0
        deadline = time.monotonic() + 10
        while left := [pid for pid in pids if is_running(pid)]:
            assert time.monotonic() < deadline, f"left behind: {left}"
            time.sleep(0.02)


def test_the_log_tells_of_streams_and_not_of_their_words(tmp_path: Path) -> None:
    with running("tts", tmp_path / "log") as service:
        speak(service.url + "?pace=0", json.dumps({"text": "marmalade"}))
    log = (tmp_path / "log").read_text()
    assert "spoken: stream=" in log
    assert "stopping" in log
    assert "marmalade" not in log


def test_a_taken_port_is_said_in_one_line(tts: Running) -> None:
    argv = [sys.executable, "-m", "lab.speech.tts", "--port", str(tts.port)]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert "cannot serve" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_flite_the_service_says_what_to_install(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "lab.speech.tts", "--port", str(free_port())]
    done = subprocess.run(
        argv, cwd=ROOT, env={"PATH": str(tmp_path)}, capture_output=True, text=True, timeout=30,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "apt install --no-install-recommends flite" in done.stderr
    assert "Traceback" not in done.stderr
