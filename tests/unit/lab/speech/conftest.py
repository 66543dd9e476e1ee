"""One running ASR and one running TTS service for all tests here."""

from collections.abc import Iterator

import pytest

from tests.unit.lab.speech.services import Running, running


@pytest.fixture(scope="session")
def tts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running("tts", tmp_path_factory.mktemp("tts") / "log", "--instance", "tts-1") as service:
        yield service


@pytest.fixture(scope="session")
def asr(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    log = tmp_path_factory.mktemp("asr") / "log"
    with running("asr", log, "--instance", "asr-1", "--max-seconds", "40") as service:
        yield service
