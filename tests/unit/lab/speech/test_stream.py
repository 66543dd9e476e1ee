"""The stream holder: it tells a held stream from one that was cut."""

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path

from lab.speech.stream import Watch, hold
from tests.unit.lab.speech.services import ROOT, Running, free_port, running


async def test_a_held_stream_is_reported_with_its_longest_gap(asr: Running) -> None:
    watch = await hold(asr.url, seconds=0.5, ping_every=0.1, stop=asyncio.Event())
    report = watch.as_json()
    assert (report["cut"], report["final"], report["frames"]) == (False, True, 25)
    assert report["pongs"] >= 3
    assert 0 < report["longest_gap_seconds"] < 0.5


async def test_a_stream_is_held_until_it_is_stopped(asr: Running) -> None:
    stop = asyncio.Event()
    holding = asyncio.create_task(hold(asr.url, seconds=0, ping_every=0.1, stop=stop))
    while asr.metric("speech_open_streams") < 1:  # noqa: ASYNC110  # another process's state
        await asyncio.sleep(0.02)
    stop.set()
    assert not (await holding).as_json()["cut"]


async def test_a_cut_is_reported_with_its_code(tmp_path: Path) -> None:
    with running("asr", tmp_path / "log", "--decoders", "1", ready=False) as service:
        holding = asyncio.create_task(
            hold(service.url, seconds=30, ping_every=0.1, stop=asyncio.Event())
        )
        while service.metric("speech_open_streams") < 1:  # noqa: ASYNC110  # another process's state
            await asyncio.sleep(0.02)
        service.process.send_signal(signal.SIGTERM)
        report = (await holding).as_json()
    assert (report["cut"], report["close_code"], report["final"]) == (True, 1001, False)
    assert 0 < report["cut_after_seconds"] < 20


def test_a_stream_that_cannot_be_opened_exits_2_and_announces_nothing(tmp_path: Path) -> None:
    opened = tmp_path / "opened"
    argv = [sys.executable, "-m", "lab.speech.stream", "--opened-file", str(opened), "--url"]
    url = f"ws://127.0.0.1:{free_port()}/"
    done = subprocess.run(
        [*argv, url], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 2
    assert json.loads(done.stdout)["hop"] == "tcp"
    assert not opened.exists()


async def test_a_stream_that_is_open_is_announced_while_it_is_held(
    asr: Running, tmp_path: Path
) -> None:
    opened = tmp_path / "opened"
    argv = ["-m", "lab.speech.stream", "--opened-file", str(opened), "--url", asr.url]
    child = await asyncio.create_subprocess_exec(
        sys.executable, *argv, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(30):
        while not opened.exists():  # noqa: ASYNC110  # another process's file
            await asyncio.sleep(0.02)
        assert child.returncode is None
        child.terminate()
        said, _ = await child.communicate()
    assert json.loads(said)["opened"]


def test_the_longest_gap_is_the_longest_time_without_a_sign_of_life() -> None:
    watch = Watch()
    for since_start in (1.0, 4.0, 5.0):
        watch.begun -= since_start - watch.now()
        watch.sign_of_life()
    assert 2.9 < watch.longest_gap < 3.1
