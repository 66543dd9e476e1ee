"""Servers of the hcloud stand-in, over the lab's own API."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from hcloud.locations import Location

from lab.plugins.framework import UNKNOWN, InitFailedError, PluginError, Values
from lab.plugins.hcloud.server_schema import user_data_sum
from tests.unit.lab.clouds.hetzner.machines import FakeMachines
from tests.unit.lab.plugins.hcloud_engine import Engine, RefusedError, api, configured

SERVER: Values = {"serverType": "cx23", "image": "debian-12", "location": "nbg1"}


@pytest_asyncio.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    machines = FakeMachines()
    with api(tmp_path / "state.json", machines) as (endpoint, client):
        yield Engine(await configured(endpoint), client, machines)


async def test_a_server_is_made_and_its_outputs_known(engine: Engine) -> None:
    made = await engine.up("server", "vps", {**SERVER, "userData": "#cloud-config\n{}"})
    assert made["name"] == "vps-abcdef0"
    assert made["ipv4Address"] == "203.0.113.16"
    assert made["ipv6Address"] == "2001:db8:100:1::1"
    assert made["ipv6Network"] == "2001:db8:100:1::/64"
    assert (made["status"], made["primaryDiskSize"]) == ("running", 40)
    assert made["userData"] == user_data_sum("#cloud-config\n{}")
    assert engine.machines.all[f"hetzner-{made['id']}"].user_data == "#cloud-config\n{}"


async def test_a_second_update_changes_nothing(engine: Engine) -> None:
    inputs = {**SERVER, "labels": {"a": "b"}, "userData": "x"}
    await engine.up("server", "vps", inputs)
    await engine.up("server", "vps", inputs)
    await engine.refresh("server", "vps")
    await engine.up("server", "vps", inputs)
    assert engine.log == ["create vps", "same", "same"]


async def test_a_preview_makes_nothing_and_knows_what_was_given(engine: Engine) -> None:
    shown = await engine.preview("server", "vps", {**SERVER, "firewallIds": [UNKNOWN]})
    assert shown["image"] == "debian-12"
    assert shown["ipv4Address"] is UNKNOWN
    assert shown["firewallIds"] == [UNKNOWN]
    assert engine.api.servers.get_all() == []


@pytest.mark.parametrize(
    ("change", "step"),
    [
        ({"image": "debian-13"}, "replace vps: image"),
        ({"location": "fsn1"}, "replace vps: location"),
        ({"userData": "#cloud-config\n{}"}, "replace vps: userData"),
        ({"sshKeys": ["me"]}, "replace vps: sshKeys"),
        ({"serverType": "cx33"}, "update vps: serverType"),
        ({"name": "other"}, "update vps: name"),
        ({"labels": {"a": "b"}}, "update vps: labels"),
        ({"backups": True}, "update vps: backups"),
        (
            {"deleteProtection": True, "rebuildProtection": True},
            "update vps: deleteProtection, rebuildProtection",
        ),
    ],
)
async def test_an_edit_does_what_the_published_schema_says(
    engine: Engine, change: Values, step: str
) -> None:
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMqv0hM5m8q4zsIeiR1Fh4o0N6vTzX1fVvGJ5u5YJQvE me"
    engine.api.ssh_keys.create("me", key)
    await engine.up("server", "vps", SERVER)
    made = await engine.up("server", "vps", {**SERVER, **change})
    assert step in engine.log
    assert made["status"] == "running"
    for name, value in change.items():
        assert made[name] == (user_data_sum(value) if name == "userData" else value)
    assert len(engine.api.servers.get_all()) == 1
    await engine.up("server", "vps", {**SERVER, **change})
    assert engine.log[-1] == "same"


async def test_a_change_of_type_takes_the_power_away_first(engine: Engine) -> None:
    made = await engine.up("server", "vps", SERVER)
    await engine.up("server", "vps", {**SERVER, "serverType": "cx33", "keepDisk": True})
    assert engine.machines.all[f"hetzner-{made['id']}"].calls == ["power_off", "start"]
    assert engine.api.servers.get_all()[0].primary_disk_size == 40


async def test_firewalls_of_a_server_follow_its_inputs(engine: Engine) -> None:
    one, two = (engine.api.firewalls.create(name).firewall.id for name in ("one", "two"))
    made = await engine.up("server", "vps", {**SERVER, "firewallIds": [one]})
    assert made["firewallIds"] == [one]
    changed = await engine.up("server", "vps", {**SERVER, "firewallIds": [two]})
    assert changed["firewallIds"] == [two]
    await engine.up("server", "vps", SERVER)
    assert engine.log[-1] == "same"


async def test_remote_firewalls_are_ignored_where_asked(engine: Engine) -> None:
    one, two = (engine.api.firewalls.create(name).firewall.id for name in ("one", "two"))
    inputs = {**SERVER, "ignoreRemoteFirewallIds": True}
    await engine.up("server", "vps", {**inputs, "firewallIds": [one]})
    await engine.up("server", "vps", {**inputs, "firewallIds": [two]})
    assert engine.log[-1] == "same"


async def test_a_server_deleted_in_the_console_leaves_the_state(engine: Engine) -> None:
    await engine.up("server", "vps", SERVER)
    engine.api.servers.get_all()[0].delete().wait_until_finished()
    assert await engine.refresh("server", "vps") is None


async def test_a_label_changed_in_the_console_is_put_back(engine: Engine) -> None:
    await engine.up("server", "vps", {**SERVER, "labels": {"a": "b"}})
    engine.api.servers.get_all()[0].update(labels={"a": "c"})
    assert (await engine.refresh("server", "vps") or {})["labels"] == {"a": "c"}
    await engine.up("server", "vps", {**SERVER, "labels": {"a": "b"}})
    assert engine.log[-1] == "update vps: labels"
    assert engine.api.servers.get_all()[0].labels == {"a": "b"}


async def test_a_delete_of_what_is_gone_fails_as_with_the_published_plugin(engine: Engine) -> None:
    await engine.up("server", "vps", SERVER)
    engine.api.servers.get_all()[0].delete().wait_until_finished()
    with pytest.raises(PluginError, match=r"server with ID '\d+' not found"):
        await engine.destroy("server", "vps")


async def test_a_server_keeps_a_primary_ip_of_its_own(engine: Engine) -> None:
    made = engine.api.primary_ips.create(type="ipv4", name="p", location=Location(name="nbg1"))
    kept = made.primary_ip
    net = {"ipv4": kept.id, "ipv6Enabled": False}
    server = await engine.up("server", "vps", {**SERVER, "publicNets": [net]})
    assert server["ipv4Address"] == kept.ip
    assert "ipv6Address" not in server
    await engine.up("server", "vps", {**SERVER, "publicNets": [net]})
    assert engine.log[-1] == "same"


async def test_a_boot_that_fails_keeps_the_server_in_the_state(engine: Engine) -> None:
    engine.machines.broken = "no room"
    with pytest.raises(InitFailedError, match="no room") as caught:
        await engine.up("server", "vps", SERVER)
    assert caught.value.resource_id == str(engine.api.servers.get_all()[0].id)
    assert "ipv4Address" in caught.value.properties


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"bogus": 1}, "bogus"),
        ({"serverType": None}, "serverType"),
        ({"backups": "perhaps"}, "backups"),
        ({"firewallIds": ["one"]}, "firewallIds[0]"),
        ({"image": ""}, "image"),
        ({"labels": {"a b": "c"}}, "labels"),
        ({"datacenter": "nbg1-dc3"}, "datacenter"),
        ({"sshKeys": [""]}, "sshKeys"),
        ({"publicNets": [{"ipv7": True}]}, "publicNets[0].ipv7"),
    ],
)
async def test_a_bad_input_is_refused_before_the_api_is_asked(
    engine: Engine, change: Values, path: str
) -> None:
    with pytest.raises(RefusedError) as caught:
        await engine.check("server", "vps", {**SERVER, **change})
    assert list(caught.value.args[0]) == [path]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"serverType": "cx99"}, "server type cx99 not found"),
        ({"serverType": "cx22"}, "can no longer be ordered"),
        ({"image": "beos-5"}, "image beos-5 for architecture x86 not found"),
        ({"sshKeys": ["nobody"]}, "SSH key not found: nobody"),
        ({"serverType": "cax11"}, r"error during placement \(resource_unavailable, [0-9a-f]+\)"),
        ({"location": "mars"}, r"\(invalid_input, .*\): \[location => \[location 'mars' not found"),
        ({"placementGroupId": 1}, "does not offer a server's placementGroupId"),
    ],
)
async def test_what_the_api_refuses_is_told_in_its_words(
    engine: Engine, change: Values, message: str
) -> None:
    with pytest.raises(PluginError, match=message):
        await engine.up("server", "vps", {**SERVER, **change})
    assert engine.api.servers.get_all() == []
