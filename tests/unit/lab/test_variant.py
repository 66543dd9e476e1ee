"""What bin/rehearse can be asked for, and what it writes to the stack's file."""

import typing

import pytest

from lab.variant import MODES, PROVIDERS, Variant, with_variant
from settings.sections import EdgeMode
from settings.server import server_models

FILE = {
    "encryptionsalt": "v1:salt",
    "config": {
        "p:server": {"provider": "hcloud", "region": "nbg1"},
        "p:edge": {"mode": "flexible", "zone": "gonova.one"},
        "p:load_balancer": {"enabled": True},
    },
}


def test_every_provider_of_the_program_can_be_rehearsed() -> None:
    assert set(server_models()) <= set(PROVIDERS)


def test_every_mode_of_the_program_can_be_rehearsed() -> None:
    assert typing.get_args(EdgeMode) == MODES


@pytest.mark.parametrize(
    ("given", "known"), [({"provider": "azure"}, "linode"), ({"mode": "off"}, "strict")]
)
def test_an_unknown_one_is_refused_with_the_list(given: dict[str, str], known: str) -> None:
    with pytest.raises(ValueError, match=f"there is no .*use one of .*{known}"):
        Variant(**given)


def test_visitors_speak_tls_in_all_modes_but_one() -> None:
    plain = [mode for mode in MODES if not Variant(mode=mode).tls]

    assert plain == ["direct-http"]
    assert Variant(mode="direct-http").stream("tts") == "ws://tts.gonova.one/v1/stream/tts"
    assert Variant(mode="direct").stream("asr") == "wss://asr.gonova.one/v1/stream/asr"
    assert Variant(mode="direct-http").health("asr") == "http://asr.gonova.one/health"


def test_only_provider_and_mode_of_the_stack_are_changed() -> None:
    new = with_variant(FILE, Variant(provider="linode", mode="strict"), {}, "p")

    assert new["config"] == {
        # A region of another provider would not be one of this.
        "p:server": {"provider": "linode"},
        "p:edge": {"mode": "strict", "zone": "gonova.one"},
        "p:load_balancer": {"enabled": True},
    }
    assert new["encryptionsalt"] == "v1:salt"


def test_a_machine_of_the_users_own_is_described_whole() -> None:
    server = {"address": "203.0.113.5", "user": "admin"}

    new = with_variant(FILE, Variant(provider="existing"), server, "p")

    assert new["config"]["p:server"] == {"provider": "existing", **server}
