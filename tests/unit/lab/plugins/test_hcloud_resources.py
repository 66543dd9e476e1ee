"""Firewalls, keys, addresses, names, data sources and configuration of the hcloud stand-in."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from hcloud.helpers.labels import LabelValidator

from lab.plugins.framework import PluginError, Values
from lab.plugins.hcloud.__main__ import provider
from lab.plugins.hcloud.labels import check_labels
from lab.plugins.protocol import provider_pb2
from lab.plugins.values import from_values
from tests.unit.lab.clouds.hetzner.machines import FakeMachines
from tests.unit.lab.plugins.hcloud_engine import (
    NOTHING,
    Engine,
    RefusedError,
    api,
    configured,
)
from tests.unit.lab.plugins.test_hcloud_servers import SERVER

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMqv0hM5m8q4zsIeiR1Fh4o0N6vTzX1fVvGJ5u5YJQvE me\n"
SSH: Values = {"direction": "in", "protocol": "tcp", "port": "22", "sourceIps": ["::/0"]}
WEB: Values = {**SSH, "port": "80", "sourceIps": ["192.0.2.1", "2001:DB8::/32"]}


@pytest_asyncio.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    machines = FakeMachines()
    with api(tmp_path / "state.json", machines) as (endpoint, client):
        yield Engine(await configured(endpoint), client, machines)


async def test_rules_have_no_order_and_one_spelling(engine: Engine) -> None:
    await engine.up("firewall", "fw", {"rules": [SSH, WEB]})
    await engine.up("firewall", "fw", {"rules": [WEB, SSH]})
    await engine.refresh("firewall", "fw")
    await engine.up("firewall", "fw", {"rules": [SSH, WEB]})
    assert engine.log == ["create fw", "same", "same"]
    ports = {rule.port: rule.source_ips for rule in engine.api.firewalls.get_all()[0].rules}
    assert ports == {"22": ["::/0"], "80": ["192.0.2.1/32", "2001:db8::/32"]}


async def test_rules_and_labels_change_in_place(engine: Engine) -> None:
    await engine.up("firewall", "fw", {"rules": [SSH]})
    changed = await engine.up("firewall", "fw", {"rules": [WEB], "labels": {"a": "b"}})
    assert engine.log[-1] == "update fw: labels, rules"
    assert [rule["port"] for rule in changed["rules"]] == ["80"]
    await engine.up("firewall", "fw", {"rules": []})
    assert engine.api.firewalls.get_all()[0].rules == []


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"direction": "IN"}, "rules[0].direction"),
        ({"protocol": "TCP"}, "rules[0].protocol"),
        ({"protocol": None}, "rules[0].protocol"),
        ({"sourceIps": ["1.2.3.4/8"]}, "rules[0].sourceIps"),
        ({"sourceIps": ["anywhere"]}, "rules[0].sourceIps"),
        ({"source": "::/0"}, "rules[0].source"),
    ],
)
async def test_a_bad_rule_is_refused(engine: Engine, change: Values, path: str) -> None:
    with pytest.raises(RefusedError) as caught:
        await engine.check("firewall", "fw", {"rules": [{**SSH, **change}]})
    assert list(caught.value.args[0]) == [path]


async def test_a_port_that_cannot_be_fails_only_at_the_api(engine: Engine) -> None:
    rules = [{**SSH, "port": "99999"}]
    await engine.check("firewall", "fw", {"rules": rules})
    with pytest.raises(PluginError, match=r"rules.0.port => \['99999' is not a port"):
        await engine.up("firewall", "fw", {"rules": rules})


async def test_a_firewall_in_use_is_detached_and_deleted(engine: Engine) -> None:
    firewall = await engine.up("firewall", "fw", {"rules": [SSH]})
    server = await engine.up("server", "vps", {**SERVER, "firewallIds": [int(firewall["id"])]})
    machine = engine.machines.all[f"hetzner-{server['id']}"]
    assert machine.rules is not None
    await engine.destroy("firewall", "fw")
    assert engine.api.firewalls.get_all() == []
    assert machine.rules is None


async def test_an_attachment_says_which_servers_a_firewall_covers(engine: Engine) -> None:
    firewall = int((await engine.up("firewall", "fw", {"rules": [SSH]}))["id"])
    one = int((await engine.up("server", "one", SERVER))["id"])
    two = int((await engine.up("server", "two", SERVER))["id"])
    base = {"firewallId": firewall}
    await engine.up("firewallAttachment", "att", {**base, "serverIds": [one]})
    await engine.up("firewallAttachment", "att", {**base, "serverIds": [one]})
    await engine.up("firewallAttachment", "att", {**base, "serverIds": [two]})
    covered = [machine.rules is not None for machine in engine.machines.all.values()]
    assert covered == [False, True]
    await engine.destroy("firewallAttachment", "att")
    assert engine.api.firewalls.get_all()[0].applied_to == []
    assert engine.log[-3:] == ["same", "update att: serverIds", "delete att"]


async def test_a_key_is_kept_as_given_and_a_double_is_refused(engine: Engine) -> None:
    key = await engine.up("sshKey", "me", {"publicKey": KEY, "bogus": 1})
    assert (key["publicKey"], key["name"]) == (KEY, "me-abcdef0")
    assert key["fingerprint"].count(":") == 15
    await engine.refresh("sshKey", "me")
    await engine.up("sshKey", "me", {"publicKey": KEY, "labels": {"a": "b"}})
    assert engine.log[-1] == "update me: labels"
    with pytest.raises(PluginError, match=r"SSH key not unique \(uniqueness_error"):
        await engine.up("sshKey", "again", {"publicKey": KEY, "name": "again"})
    await engine.destroy("sshKey", "me")
    assert engine.api.ssh_keys.get_all() == []


async def test_a_primary_ip_is_kept_and_named(engine: Engine) -> None:
    inputs = {"type": "ipv6", "location": "fsn1", "name": "keep"}
    made = await engine.up("primaryIp", "p", inputs)
    assert made["ipNetwork"] == "2001:db8:100:1::/64"
    assert made["ipAddress"] == "2001:db8:100:1::"
    await engine.up("primaryIp", "p", {**inputs, "name": "kept"})
    await engine.up("primaryIp", "p", {**inputs, "name": "kept"})
    assert engine.log == ["create p", "update p: name", "same"]
    with pytest.raises(RefusedError, match="Exactly one"):
        await engine.check("primaryIp", "q", {"type": "ipv4"})
    await engine.destroy("primaryIp", "p")
    assert engine.api.primary_ips.get_all() == []


async def test_reverse_dns_is_set_followed_and_reset(engine: Engine) -> None:
    server = await engine.up("server", "vps", SERVER)
    inputs = {"serverId": int(server["id"]), "ipAddress": server["ipv4Address"], "dnsPtr": "a.b"}
    made = await engine.up("rdns", "r", inputs)
    assert made["id"] == f"s-{server['id']}-203.0.113.16"
    assert (await engine.refresh("rdns", "r") or {})["dnsPtr"] == "a.b"
    await engine.up("rdns", "r", {**inputs, "dnsPtr": "c.d"})
    assert engine.api.servers.get_all()[0].public_net.ipv4.dns_ptr == "c.d"
    await engine.destroy("rdns", "r")
    assert "your-server.de" in engine.api.servers.get_all()[0].public_net.ipv4.dns_ptr


async def test_data_sources_answer_from_the_api(engine: Engine) -> None:
    kind = await engine.invoke("getServerType", {"name": "cax11"})
    assert {p["name"]: p["available"] for p in kind["locations"]} == {
        "nbg1": False, "fsn1": True, "hel1": True,
    }  # fmt: skip
    gone = await engine.invoke("getServerType", {"name": "cx22"})
    assert gone["isDeprecated"]
    assert gone["locations"][0]["unavailableAfter"] == "2026-01-01T00:00:00Z"
    assert len((await engine.invoke("getServerTypes", {}))["serverTypes"]) > 5
    assert "nbg1" in (await engine.invoke("getLocations", {}))["names"]
    assert (await engine.invoke("getImage", {"name": "debian-13"}))["osVersion"] == "13"
    engine.api.ssh_keys.create("me", KEY, labels={"a": "b"})
    assert (await engine.invoke("getSshKey", {"name": "me"}))["publicKey"] == KEY.strip()
    assert len((await engine.invoke("getSshKeys", {"withSelector": "a=b"}))["sshKeys"]) == 1
    with pytest.raises(PluginError, match="was not found: name=cx99"):
        await engine.invoke("getServerType", {"name": "cx99"})


async def test_a_token_is_64_characters_long(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    del engine
    with pytest.raises(PluginError, match="must be exactly 64 characters"):
        await configured("http://127.0.0.1:1/v1", "short")
    monkeypatch.delenv("HCLOUD_TOKEN", raising=False)
    with pytest.raises(PluginError, match="set HCLOUD_TOKEN"):
        await configured("http://127.0.0.1:1/v1", "")
    config = from_values({"token": "short"}, secrets=NOTHING)
    checked = await provider().check_config(provider_pb2.CheckRequest(news=config))
    assert [each.property for each in checked.failures] == ["token"]


async def test_an_api_that_does_not_answer_is_told() -> None:
    plugin = await configured("http://127.0.0.1:1/v1")
    lost = Engine(plugin, None, FakeMachines())
    with pytest.raises(PluginError, match="cannot reach the API"):
        await lost.invoke("getLocations", {})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("a", ""), ("a.b-c_d", "A"), ("example.org/a", "1"), ("a" * 63, "a" * 63), ("", "a"),
        ("a" * 64, "a"), ("a", "a" * 64), ("-a", "a"), ("a", "a-"), ("a b", "a"), ("a", "a/b"),
        ("a/b/c", "a"), ("/a", "a"), ("a/", "a"), ("a" * 255 + "/a", "a"), ("a" * 256 + "/a", "a"),
    ],
)  # fmt: skip
def test_labels_are_refused_as_hetzners_client_does(key: str, value: str) -> None:
    assert check_labels({key: value}) == (LabelValidator.validate_verbose({key: value})[1] or None)
