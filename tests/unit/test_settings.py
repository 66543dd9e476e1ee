"""The settings: defaults, refusals, and every mistake in one message."""

import json
from collections.abc import Iterator

import pulumi
import pytest
from pulumi.runtime import set_all_config

from settings import ExistingServer, HcloudServer, Settings, load_settings
from tests.unit.settings_support import (
    EXISTING,
    HCLOUD,
    HOST_KEY,
    NAMESPACE,
    load,
    refusal,
    service,
)


@pytest.fixture(autouse=True)
def _no_configuration(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("PULUMI_CONFIG", raising=False)
    yield
    set_all_config({}, [])


def test_the_defaults_are_the_guides_two_services() -> None:
    settings = load()

    assert isinstance(settings.server, HcloudServer)
    asr, tts = settings.services
    assert (asr.name, asr.hostname, asr.port, asr.stream_path) == (
        "asr",
        "asr.gonova.one",
        8080,
        "/v1/stream/asr",
    )
    assert (tts.hostname, tts.port, tts.upstreams) == ("tts.gonova.one", 8081, ("127.0.0.1:8002",))
    assert settings.tunnel.unit == "vps-tunnel"
    assert settings.proxy.silence(asr) == 3600


def test_the_default_services_follow_the_zone() -> None:
    settings = load(edge={"zone": "example.org"})

    assert [s.hostname for s in settings.services] == ["asr.example.org", "tts.example.org"]


def test_pulumis_empty_defaults_are_the_same_as_no_configuration() -> None:
    empty = load(
        services=[{"name": "asr"}, {"name": "tts"}], edge={}, tunnel={}, proxy={}, load_balancer={}
    )

    assert empty == load()


def test_a_machine_the_user_has_is_described_in_full() -> None:
    server = load(server=EXISTING).server

    assert isinstance(server, ExistingServer)
    assert (server.port, server.host_key) == (22, HOST_KEY)


def test_a_host_key_loses_the_comment_it_was_pasted_with() -> None:
    server = load(server={**EXISTING, "host_key": f"{HOST_KEY} root@vps\n"}).server

    assert isinstance(server, ExistingServer)
    assert server.host_key == HOST_KEY


@pytest.mark.parametrize(
    ("typed", "seconds"), [(3600, 3600), ("300s", 300), ("15m", 900), ("1h", 3600), ("90", 90)]
)
def test_a_duration_may_be_typed_in_four_ways(typed: object, seconds: int) -> None:
    assert load(proxy={"stream_timeout": typed}).proxy.stream_timeout == seconds


def test_a_service_may_have_a_stream_timeout_of_its_own() -> None:
    settings = load(services=[service(stream_timeout="15m"), {"name": "asr"}])

    assert [settings.proxy.silence(s) for s in settings.services] == [900, 3600]


def test_three_mistakes_are_one_message_with_the_keys_as_typed() -> None:
    mistakes = refusal(
        server={**HCLOUD, "sise": "cx33"},
        edge={"mode": "flexibel"},
        services=[{"name": "asr"}, {"name": "tts", "port": 80801}],
    )

    assert mistakes == [
        'server.sise: no such key for provider hcloud; did you mean "size"?',
        "services[1].port: 80801 is not a port; use 1024 to 65535, for example 8081",
        (
            'edge.mode: "flexibel" is not one of direct-http, direct, flexible, full, strict;'
            ' did you mean "flexible"?'
        ),
    ]


def test_rules_across_settings_speak_up_beside_mistakes_within_one() -> None:
    mistakes = refusal(
        tunnel={"unit": "Bad Unit"},
        services=[service(), service(hostname="b.gonova.one", port=8083), {"name": "x y"}],
    )

    assert mistakes[0].startswith('services[1].name: "nmt" is already the name of services[0]')
    assert mistakes[1].startswith('services[2].name: "x y" is not a service name')
    assert mistakes[-1].startswith('tunnel.unit: "Bad Unit" is not a unit name')


def test_a_name_that_is_wrong_brings_no_follow_up_mistakes() -> None:
    assert len(refusal(services=[service(name="Nmt")])) == 1
    assert len(refusal(edge={"zone": "gonova"})) == 1


def test_an_encrypted_section_is_never_echoed() -> None:
    mistakes = refusal(
        ("tunnel", "services"),
        tunnel={"unit": "Hidden-Word", "account": "admin"},
        services=[{"name": "asr", "hostname": "hidden-word.example.org"}],
    )

    assert mistakes
    assert "hidden-word" not in "\n".join(mistakes).lower()


@pytest.mark.parametrize(
    "token",
    [
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk=",
        "a8Jk3Lq0a8Jk3Lq0a8Jk3Lq0a8Jk3Lq0a8Jk3Lq0a8Jk3Lq0a8Jk3Lq0a8Jk3Lq0",
    ],
)
def test_what_looks_like_a_secret_is_not_echoed_either(token: str) -> None:
    (mistake,) = refusal(server={**HCLOUD, "size": token})

    assert token[:20] not in mistake
    assert f"the value ({len(token)} characters)" in mistake


def test_keys_of_the_providers_are_none_of_ours() -> None:
    set_all_config({"hcloud:token": "x", f"{NAMESPACE}:server": json.dumps(HCLOUD)}, [])

    load_settings(pulumi.Config(NAMESPACE))


def test_the_engines_environment_is_read_too(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all_config({}, [])
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps({f"{NAMESPACE}:server": json.dumps(EXISTING)}))

    assert isinstance(load_settings(pulumi.Config(NAMESPACE)).server, ExistingServer)


def test_settings_built_in_code_obey_the_same_rules() -> None:
    with pytest.raises(ValueError, match="is already the name"):
        Settings.model_validate({"server": HCLOUD, "services": [{"name": "asr"}, {"name": "asr"}]})


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load().tunnel.unit = "other"  # type: ignore[misc] # the refusal is the point
