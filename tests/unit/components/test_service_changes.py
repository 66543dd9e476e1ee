"""What is announced of services that an edit opens to everybody."""

from typing import Any

import pytest

from components.outputs import describe_operations
from components.service_changes import announce_opened
from tests.unit.components.engine import deploy
from tests.unit.components.samples import STACK, settings

KEYS = {"alice": "A" * 8 + "0123456789abcdef" * 2}
KEYED = settings(services=[{"name": "asr", "api_keys": KEYS}, {"name": "tts"}])
BEFORE = {"operations": describe_operations(KEYED, STACK)}


def said_of(services: list[dict[str, Any]], recorded: dict[str, Any]) -> str:
    """What is announced."""
    wanted = settings(services=services).services
    return deploy(lambda: announce_opened(wanted, recorded)).log.getvalue()


@pytest.mark.parametrize("opened", ["asr", "speech"])
def test_a_service_that_asks_for_no_key_any_more_is_announced(opened: str) -> None:
    service = {
        "name": opened,
        "hostname": "asr.gonova.one",
        "port": 8080,
        "upstreams": ["127.0.0.1:8001"],
    }
    said = said_of([service, {"name": "tts"}], BEFORE)

    assert f"the visitors of {opened} show an API key" in said
    assert "opens the stream to everybody" in said
    assert "tts" not in said


@pytest.mark.parametrize("recorded", [{}, {"operations": {}}, BEFORE])
def test_nothing_is_announced_of_what_stays_as_it_was(recorded: dict[str, Any]) -> None:
    assert said_of([{"name": "asr", "api_keys": KEYS}, {"name": "tts"}], recorded) == ""


def test_a_service_that_never_asked_for_a_key_is_not_announced() -> None:
    assert said_of([{"name": "tts"}], BEFORE) == ""
