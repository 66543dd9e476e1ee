"""What a newcomer writes: each refusal names what was meant, and the command that sets it."""

from collections.abc import Iterator
from typing import Any

import pytest
from pulumi.runtime import set_all_config

from tests.unit.settings_support import EXISTING, HCLOUD, NAMESPACE, load, refusal, service

SET = f"`pulumi config set --path {NAMESPACE}:"
TOKEN = "a8Jk3Lq0" * 8


@pytest.fixture(autouse=True)
def _no_configuration(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("PULUMI_CONFIG", raising=False)
    yield
    set_all_config({}, [])


def _asr(**changes: Any) -> dict[str, Any]:
    return {"services": [{"name": "asr", **changes}]}


@pytest.mark.parametrize(
    ("sections", "path", "tail"),
    [
        ({"server": {"provider": "hetznr"}}, "server.provider", 'did you mean "hcloud"?'),
        ({"server": {"provider": "Hetzner"}}, "server.provider", 'did you mean "hcloud"?'),
        ({"server": {"provider": "akamai"}}, "server.provider", 'did you mean "linode"?'),
        ({"server": {"provider": None}}, "server.provider", f"{SET}server.provider hcloud`"),
        ({"server": {**HCLOUD, "image": "Debian 13"}}, "server.image", 'mean "debian-13"?'),
        ({"server": {**HCLOUD, "region": "Nuremberg"}}, "server.region", "for example nbg1"),
        ({"server": {**HCLOUD, "size": "CX23"}}, "server.size", "for example cx23"),
        ({"server": {**HCLOUD, "ssh_allow": ["203.0.113.4/24"]}}, "server.ssh_allow[0]", '24"?'),
        (
            {"server": {**HCLOUD, "ssh_allow": "203.0.113.4"}},
            "server.ssh_allow",
            'each after "- ", for example "- 203.0.113.0/24"',
        ),
        (
            {"server": {**HCLOUD, "reboot_window": False}},
            "server.reboot_window",
            'write it in quotes, for example "04:00"',
        ),
        (
            {"server": {**EXISTING, "address": "203.0.113.5:22"}},
            "server.address",
            'did you mean "203.0.113.5"?',
        ),
        ({"edge": {"mode": "Strict"}}, "edge.mode", 'did you mean "strict"?'),
        ({"edge": {"zone": "https://Example.org/"}}, "edge.zone", 'did you mean "example.org"?'),
        ({"edge": {"zone": "example"}}, "edge.zone", "for example example.org"),
        (_asr(hostname="https://asr.gonova.one/v1"), "services[0].hostname", '"asr.gonova.one"?'),
        (_asr(hostname="asr.gonova.one:443"), "services[0].hostname", 'mean "asr.gonova.one"?'),
        (_asr(hostname="asr.gonova.one."), "services[0].hostname", 'mean "asr.gonova.one"?'),
        (_asr(hostname="tür.gonova.one"), "services[0].hostname", '"xn--tr-xka.gonova.one"?'),
        (
            _asr(hostname="*.gonova.one"),
            "services[0].hostname",
            "no wildcard, for example asr.gonova.one",
        ),
        (_asr(upstreams=["http://localhost:8001/x"]), "services[0].upstreams[0]", 'host:8001"?'),
        (_asr(upstreams=["0.0.0.0:8001"]), "services[0].upstreams[0]", 'mean "127.0.0.1:8001"?'),
        (_asr(upstreams=[":8001"]), "services[0].upstreams[0]", 'did you mean "127.0.0.1:8001"?'),
        (_asr(upstreams=["::1:8001"]), "services[0].upstreams[0]", 'did you mean "[::1]:8001"?'),
        (_asr(upstreams=["127.0.0.1:0"]), "services[0].upstreams[0]", "[::1]:8001 for IPv6"),
        (_asr(upstreams=[8001]), "services[0].upstreams[0]", 'for example "127.0.0.1:8003"'),
        ({"services": ["asr"]}, "services[0]", 'the first as "- name: asr"'),
        ({"services": {"asr": {}}}, "services", 'for example "- name: asr"'),
        (_asr(name="ASR"), "services[0].name", "for example asr"),
        ({"limits": {"burst": "10r/s"}}, "limits.burst", "write digits alone, without quotes"),
    ],
)
def test_a_value_that_is_nearly_right_is_answered_with_the_right_one(
    sections: dict[str, Any], path: str, tail: str
) -> None:
    (mistake,) = refusal(**sections)

    assert mistake.startswith(f"{path}: ")
    assert mistake.endswith(tail)


@pytest.mark.parametrize(
    ("sections", "path", "remedy"),
    [
        ({"zone": "example.org"}, "zone", f"its place is edge.zone: {SET}edge.zone VALUE`"),
        ({"hostname": "x"}, "hostname", f"`pulumi config set --path '{NAMESPACE}:services[0].host"),
        ({"server": {**HCLOUD, "mode": "full"}}, "server.mode", f"{SET}edge.mode VALUE`"),
        ({"server": {**HCLOUD, "services": []}}, "server.services", f"{NAMESPACE}:services"),
        ({"server": {**HCLOUD, "address": "192.0.2.1"}}, "server.address", "it is for existing;"),
        ({"server": {**HCLOUD, "location": "fsn1"}}, "server.location", 'did you mean "region"?'),
        ({"server": {**HCLOUD, "server_type": "x"}}, "server.server_type", 'did you mean "size"?'),
        ({"edge": {"email": "me@gonova.one"}}, "edge.email", f"{SET}edge.acme.email VALUE`"),
        ({"alerts": {"email": "me@gonova.one"}}, "alerts.email", "there are webhook, ntfy"),
        (_asr(path="/ws"), "services[0].path", 'did you mean "stream_path"?'),
        ({"port": "1"}, "port", "there are server, services, edge"),
    ],
)
def test_a_key_in_the_wrong_place_is_told_the_right_one(
    sections: dict[str, Any], path: str, remedy: str
) -> None:
    (mistake,) = refusal(**sections)

    assert mistake.startswith(f"{path}: no such key")
    assert remedy in mistake


def test_a_key_that_was_set_without_path_is_told_both_commands() -> None:
    sections: dict[str, Any] = {"server.region": "fsn1"}
    (mistake,) = refusal(**sections)

    assert f"`pulumi config set --path '{NAMESPACE}:server.region' VALUE`" in mistake
    assert f"`pulumi config rm '{NAMESPACE}:server.region'`" in mistake


def test_sections_below_the_namespace_are_told_where_they_stand() -> None:
    sections: dict[str, Any] = {NAMESPACE: {"server": HCLOUD}}
    (mistake,) = refusal(**sections)

    assert "right below `config:` under its whole name" in mistake
    assert mistake.endswith(f"`{NAMESPACE}:server:`")


@pytest.mark.parametrize(
    ("sections", "command"),
    [
        ({"token": TOKEN}, "--secret hcloud:token`"),
        ({"server": {"provider": "vultr", "api_key": TOKEN}}, "--secret vultr:apiKey`"),
        ({"server": {"provider": "linode", "LINODE_TOKEN": TOKEN}}, "--secret linode:token`"),
        ({"edge": {"api_token": TOKEN}}, "--secret cloudflare:apiToken`"),
    ],
)
def test_a_token_among_the_settings_is_told_its_own_place_and_not_shown(
    sections: dict[str, Any], command: str
) -> None:
    (mistake,) = refusal(**sections)

    assert command in mistake
    assert TOKEN not in mistake


def test_what_is_encrypted_is_not_told_as_what_was_meant() -> None:
    mistakes = refusal(
        ("services", "edge"),
        edge={"mode": "Hidden-full", "zone": "https://hidden.one"},
        services=[service(hostname="https://hidden.gonova.one", upstreams=["http://hidden:1"])],
    )

    assert len(mistakes) == 4
    assert "hidden" not in "\n".join(mistakes).lower()


def test_a_lower_case_key_with_the_same_letters_is_meant() -> None:
    (mistake,) = refusal(edge={"Zone": "example.org"})

    assert mistake == 'edge.Zone: no such key; did you mean "zone"?'
    assert load(edge={"zone": "example.org"}).edge.zone == "example.org"
