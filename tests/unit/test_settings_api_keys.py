"""API keys as settings: encrypted, long enough, and in no message."""

from collections.abc import Iterator
from typing import Any

import pytest
from pulumi.runtime import set_all_config

from tests.unit.settings_support import load, refusal, service

KEY = "Zq3-" + "0123456789abcdefABCDEF_xyz01"
OTHER = "Another-" + "0123456789abcdefABCDEF_xyz01"


@pytest.fixture(autouse=True)
def _no_configuration(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("PULUMI_CONFIG", raising=False)
    yield
    set_all_config({}, [])


def test_a_key_does_not_show_itself() -> None:
    some = load(secret=("services",), services=[service(api_keys={"alice": KEY})])

    assert some.services[0].api_keys["alice"].get_secret_value() == KEY
    assert KEY not in repr(some)
    assert KEY not in str(some.services[0].model_dump())
    assert KEY not in some.model_dump_json()


def test_a_service_has_no_keys_unless_set() -> None:
    assert load().services[0].api_keys == {}
    assert load(services=[service()]).services[0].api_keys == {}


@pytest.mark.parametrize("secret", [(), ("services",)])
def test_the_last_key_taken_away_opens_the_service_to_nobody(secret: tuple[str, ...]) -> None:
    """`pulumi config rm --path` of it leaves an empty object."""
    (line,) = refusal(
        secret,
        services=[
            service(),
            service(name="asr", port=8083, upstreams=["127.0.0.1:8004"], api_keys={}),
        ],
    )

    assert line.startswith("services[1].api_keys: is there and has no key, so nobody could get in")
    assert "`pulumi config rm --path 'vps-reverse-proxy:services[1].api_keys'`" in line
    assert "--secret --path 'vps-reverse-proxy:services[1].api_keys.NAME'" in line


def test_a_key_in_clear_is_refused_with_the_command_that_encrypts_it() -> None:
    (line,) = refusal(services=[service(api_keys={"alice": KEY})])

    assert line.startswith("services[0].api_keys: stands in the configuration unencrypted")
    assert "pulumi config set --secret --path 'vps-reverse-proxy:services[0].api_keys.NAME'" in line
    assert KEY not in line


@pytest.mark.parametrize(
    ("keys", "path", "words"),
    [
        ({"alice": KEY[:31]}, ".alice", "is not a key of 32 to 128 characters"),
        ({"alice": KEY + "x" * 100}, ".alice", "is not a key of 32 to 128 characters"),
        ({"alice": KEY + '"; }'}, ".alice", "use letters, digits, - and _ alone"),
        ({"alice": KEY + "\n"}, ".alice", "use letters, digits, - and _ alone"),
        ({"alice": "x" * 40}, ".alice", "has too few different characters"),
        ({"Alice B": KEY}, '["Alice B"]', "is not a service name"),
        ({"alice": 5}, ".alice", "is not a text"),
        (KEY, "", "is not an object"),
        ([KEY], "", "is not an object"),
        ({"alice": KEY, "bob": KEY}, ".bob", "clashes with another setting"),
    ],
)
def test_a_key_that_cannot_be_one_is_refused_and_not_shown(
    keys: Any, path: str, words: str
) -> None:
    (line,) = refusal(secret=("services",), services=[service(api_keys=keys)])

    assert line.startswith(f"services[0].api_keys{path}: ")
    assert words in line
    assert KEY[:31] not in line


def test_keys_that_begin_alike_are_told_apart_by_nobody() -> None:
    keys = {"alice": KEY, "bob": OTHER, "carol": KEY[:8].lower() + OTHER[8:]}
    (line,) = refusal(secret=("services",), services=[service(api_keys=keys)])

    assert line.startswith("services[0].api_keys.carol: ")
