"""The settings: defaults, refusals, and every mistake in one message."""

import json
from collections.abc import Iterator
from typing import Any

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
    assert settings.stream_timeout(asr) == 3600


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

    assert [settings.stream_timeout(s) for s in settings.services] == [900, 3600]


def test_three_mistakes_are_one_message_with_the_keys_as_typed() -> None:
    mistakes = refusal(
        server={**HCLOUD, "sise": "cx33"},
        edge={"mode": "flexibel"},
        services=[{"name": "asr"}, {"name": "tts", "port": 80801}],
    )

    assert mistakes == [
        'server.sise: no such key for provider hcloud; did you mean "size"?',
        "services[1].port: 80801 is not a port; use 1024 to 65535, for example 8081",
        'edge.mode: "flexibel" is not one of flexible',
    ]


def test_rules_across_settings_speak_up_beside_mistakes_within_one() -> None:
    mistakes = refusal(
        tunnel={"unit": "Bad Unit"},
        services=[service(), service(hostname="b.gonova.one", port=8083), {"name": "x y"}],
    )

    assert mistakes[0].startswith('services[1].name: "nmt" is already the name of services[0]')
    assert mistakes[1].startswith('services[2].name: "x y" is not a service name')
    assert mistakes[-1].startswith('tunnel.unit: "Bad Unit" is not a unit name')


@pytest.mark.parametrize(
    ("sections", "mistake"),
    [
        ({"server": None}, "server.provider: is missing; use one of hcloud, existing"),
        ({"server": {"size": "cx23"}}, "server.provider: is missing"),
        (
            {"server": {"provider": "aws"}},
            'server.provider: "aws" is not one of hcloud, existing',
        ),
        ({"server": "hcloud"}, "is not an object; write its keys below it"),
        ({"server": [1]}, "server: a list is not an object"),
        (
            {"server": {**HCLOUD, "image": "debian-11"}},
            'server.image: "debian-11" is not one of debian-12, debian-13',
        ),
        ({"server": {**HCLOUD, "region": "nbg1;"}}, "server.region: "),
        ({"server": {**HCLOUD, "admin": "root"}}, "server.admin: "),
        (
            {"server": {**HCLOUD, "authorized_keys": ["ssh-dss AAAA"]}},
            "server.authorized_keys[0]: ",
        ),
        (
            {"server": {"provider": "existing"}},
            "server.address: is missing; set it, for example 203.0.113.5",
        ),
        ({"server": {**EXISTING, "address": "0.0.0.0"}}, "server.address: "),
        ({"server": {**EXISTING, "address": "fe80::1%eth0"}}, "server.address: "),
        ({"server": {**EXISTING, "port": "22"}}, 'server.port: "22" is not a whole number'),
        ({"server": {**EXISTING, "port": True}}, "server.port: true is not a whole number"),
        ({"server": {**EXISTING, "key_file": "keys/vps"}}, "server.key_file: "),
        (
            {"server": {**EXISTING, "host_key": HOST_KEY.replace("ed25519", "rsa")}},
            "is not an ed25519 host key",
        ),
        (
            {"server": {**EXISTING, "host_key": HOST_KEY[:-5]}},
            "is not a whole key",
        ),
        ({"services": []}, "services: is empty; it needs at least one entry"),
        ({"services": {"asr": {}}}, "services: an object is not a list"),
        ({"services": [7]}, "services[0]: 7 is not an object"),
        ({"services": [{}]}, "services[0].name: is missing"),
        ({"services": [{"name": "nmt"}]}, "services[0].port: is missing; set it, for example 8082"),
        ({"services": [service(upstreams=[])]}, "services[0].upstreams: is empty"),
        (
            {"services": [service(upstreams="127.0.0.1:1")]},
            'services[0].upstreams: "127.0.0.1:1" is not a list',
        ),
        ({"services": [service(upstreams=["8001"])]}, "services[0].upstreams[0]: "),
        ({"services": [service(port=443)]}, "services[0].port: 443 is not a port"),
        ({"services": [service(stream_path="v1")]}, "services[0].stream_path: "),
        ({"services": [service(health_path="/")]}, "services[0].health_path: "),
        ({"services": [service(metrics_path="/a/../b")]}, "services[0].metrics_path: "),
        ({"services": [service(prot=1)]}, 'services[0].prot: no such key; did you mean "port"?'),
        ({"services": [service(stream_timeout="1 hour")]}, "services[0].stream_timeout: "),
        ({"edge": {"zone": "Gonova.One"}}, "edge.zone: "),
        ({"edge": {"mode": "full"}}, 'edge.mode: "full" is not one of flexible'),
        ({"tunnel": {"unit": "nginx"}}, 'tunnel.unit: "nginx" is an account of the system'),
        ({"tunnel": {"unit": "a" * 32}}, "tunnel.unit: "),
        ({"tunnel": {"unit": "vps-tunnel.service"}}, "tunnel.unit: "),
        ({"tunnel": {"adopt_host": "yes"}}, 'tunnel.adopt_host: "yes" is not true or false'),
        ({"tunnel": {"keepalive_count": 0}}, "tunnel.keepalive_count: 0 is not a count"),
        ({"tunnel": {"keepalive_interval": "2m"}}, "tunnel.keepalive_interval: "),
        ({"proxy": {"stream_timeout": "25h"}}, "proxy.stream_timeout: "),
        ({"proxy": {"connect_timeout": 1}}, "proxy.connect_timeout: 1 is out of range; use 5s"),
        ({"proxy": "fast"}, 'proxy: "fast" is not an object'),
        ({"load_balancer": {"enabled": 1}}, "load_balancer.enabled: 1 is not true or false"),
        ({"load_balancer": {"port": 80.5}}, "load_balancer.port: 80.5 is not a whole number"),
        ({"servr": HCLOUD}, 'servr: no such key; did you mean "server"?'),
        ({"zzz": "1"}, "zzz: no such key; there are server, services, edge"),
    ],
)
def test_a_mistake_is_refused_with_its_place_and_a_remedy(
    sections: dict[str, Any], mistake: str
) -> None:
    mistakes = refusal(**sections)

    assert any(mistake in line for line in mistakes), mistakes


@pytest.mark.parametrize(
    ("sections", "mistake"),
    [
        (
            {"services": [service(hostname="nmt.example.org")]},
            (
                'services[0].hostname: "nmt.example.org" is not in the zone gonova.one; use for'
                " example nmt.gonova.one, or change edge.zone"
            ),
        ),
        (
            {"services": [service(hostname="evil-gonova.one")]},
            (
                'services[0].hostname: "evil-gonova.one" is not in the zone gonova.one; use for'
                " example nmt.gonova.one, or change edge.zone"
            ),
        ),
        (
            {"services": [{"name": "asr"}, service(hostname="asr.gonova.one")]},
            (
                'services[1].hostname: "asr.gonova.one" is already the hostname of services[0];'
                " every service needs its own"
            ),
        ),
        (
            {"services": [{"name": "asr"}, service(port=8080)]},
            (
                'services[1].port: "8080" is already the port of services[0];'
                " every service needs its own"
            ),
        ),
        (
            {"services": [service(metrics_path="/health")]},
            'services[0].metrics_path: "/health" is already its health_path; use another path',
        ),
        (
            {"services": [service(upstreams=["127.0.0.1:1", "127.0.0.1:2"])]},
            (
                "services[0].upstreams: 2 upstreams need the load balancer; set"
                " load_balancer.enabled to true, or keep one"
            ),
        ),
        (
            {
                "services": [service(upstreams=["127.0.0.1:1", "127.0.0.1:1"])],
                "load_balancer": {"enabled": True},
            },
            'services[0].upstreams[1]: "127.0.0.1:1" is listed twice; remove one',
        ),
        (
            {
                "services": [service(upstreams=["localhost:80"])],
                "load_balancer": {"enabled": True},
            },
            (
                'services[0].upstreams[0]: "localhost:80" is where the load balancer itself listens'
                " (from load_balancer.port); change one of them"
            ),
        ),
        (
            {
                "services": [service(upstreams=["127.0.0.1:18082"])],
                "load_balancer": {"enabled": True},
            },
            (
                'services[0].upstreams[0]: "127.0.0.1:18082" is where the load balancer itself'
                " listens (from services[0].port); change one of them"
            ),
        ),
        (
            {"services": [service()], "load_balancer": {"enabled": True, "port": 18082}},
            (
                "services[0].port: 8082 makes the load balancer listen on 18082, as"
                " load_balancer.port does; use another"
            ),
        ),
        (
            {"server": {**EXISTING, "port": 8082}, "services": [service()]},
            "services[0].port: 8082 is the port of the VPS' sshd (server.port); use another",
        ),
        (
            {"tunnel": {"account": "admin"}},
            (
                'tunnel.account: "admin" is the VPS\' administrator (server.admin); the tunnel'
                " needs an account of its own, for example tunnel"
            ),
        ),
    ],
)
def test_settings_that_clash_are_refused(sections: dict[str, Any], mistake: str) -> None:
    assert refusal(**sections) == [mistake]


def test_one_upstream_elsewhere_may_have_the_load_balancers_port() -> None:
    load(services=[service(upstreams=["192.0.2.7:80"])], load_balancer={"enabled": True})


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
