"""The linode stand-in, over the lab's own API."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from linode_api4 import LinodeClient

from lab.clouds.linode import create_app
from lab.plugins.framework import (
    UNKNOWN,
    InitFailedError,
    PluginError,
    Resource,
    TableProvider,
    Values,
)
from lab.plugins.linode.__main__ import provider
from lab.plugins.linode.cloud import CONFIG, Cloud
from lab.plugins.linode.data_sources import DataSources
from lab.plugins.linode.firewalls import Firewall
from lab.plugins.linode.instance_schema import password_sum
from lab.plugins.linode.instances import Instance
from lab.plugins.linode.ssh_keys import SshKey
from lab.plugins.protocol import provider_pb2
from lab.plugins.serving import Provider
from lab.plugins.values import from_values
from tests.unit.lab.clouds.hetzner.machines import FakeMachines
from tests.unit.lab.clouds.hetzner.serving import served
from tests.unit.lab.plugins.hcloud_engine import NOTHING, Engine, RefusedError

TOKEN = "0123456789abcdef" * 4
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMqv0hM5m8q4zsIeiR1Fh4o0N6vTzX1fVvGJ5u5YJQvE"
INSTANCE: Values = {
    "type": "g6-nanode-1",
    "region": "eu-central",
    "image": "linode/debian12",
    "authorizedKeys": [KEY],
    "label": "vps-dev",
    "booted": True,
}
FIREWALL: Values = {
    "label": "vps-dev",
    "inboundPolicy": "DROP",
    "outboundPolicy": "ACCEPT",
    "inbounds": [
        {
            "label": "ssh",
            "action": "ACCEPT",
            "protocol": "TCP",
            "ports": "22",
            "ipv4s": ["0.0.0.0/0"],
            "ipv6s": ["::/0"],
        }
    ],
}


def quick_provider() -> TableProvider:
    """The plugin as it is, but polling without a pause."""
    cloud = Cloud(poll_seconds=0.01)
    resources: dict[str, Resource] = {
        "linode:index/instance:Instance": Instance(cloud),
        "linode:index/firewall:Firewall": Firewall(cloud),
        "linode:index/sshKey:SshKey": SshKey(cloud),
    }
    functions = DataSources(cloud).by_token()
    return TableProvider(
        resources=resources, functions=functions, config=CONFIG, configure=cloud.configure
    )


async def configure(plugin: Provider, **config: Any) -> None:
    args = from_values(config, secrets=NOTHING)
    await plugin.configure(provider_pb2.ConfigureRequest(args=args))


@pytest_asyncio.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    machines = FakeMachines()
    app = create_app(
        machines=machines,
        tokens=frozenset({TOKEN}),
        state_file=tmp_path / "state.json",
        event_seconds=0.02,
    )
    with served(app) as endpoint:
        url = endpoint.removesuffix("/v1")
        plugin = quick_provider()
        await configure(plugin, url=url, token=TOKEN)
        client = LinodeClient(TOKEN, base_url=f"{url}/v4", retry=False)
        yield Engine(plugin, client, machines, package="linode")


async def test_an_instance_is_made_and_its_outputs_known(engine: Engine) -> None:
    data = base64.b64encode(b"#cloud-config\n{}\n").decode()
    made = await engine.up("instance", "vps", {**INSTANCE, "metadatas": [{"userData": data}]})
    assert (made["status"], made["label"]) == ("running", "vps-dev")
    assert made["ipv4s"] == ["203.0.113.128"]
    assert made["ipAddress"] == "203.0.113.128"
    assert made["ipv6"] == "2001:db8:400:0:f03c:95ff:fe00:1/128"
    assert made["hasUserData"] is True
    assert (made["specs"][0]["transfer"], made["alerts"]["networkIn"]) == (1000, 10)
    assert made["bootConfigLabel"] == "My Debian 12 Disk Profile"
    assert data in engine.machines.all[f"linode-{made['id']}"].user_data


async def test_a_second_update_changes_nothing_also_after_a_refresh(engine: Engine) -> None:
    inputs = {**INSTANCE, "tags": ["stack:dev", "abc"], "rootPass": "A-long-Passw0rd"}
    made = await engine.up("instance", "vps", inputs)
    assert made["rootPass"] == password_sum("A-long-Passw0rd")
    await engine.up("instance", "vps", inputs)
    await engine.refresh("instance", "vps")
    await engine.up("instance", "vps", inputs)
    assert engine.log == ["create vps", "same", "same"]


async def test_an_instance_that_was_switched_off_is_booted(engine: Engine) -> None:
    made = await engine.up("instance", "vps", INSTANCE)
    engine.machines.all[f"linode-{made['id']}"].running = False
    await engine.refresh("instance", "vps")
    again = await engine.up("instance", "vps", INSTANCE)
    assert engine.log[-1] == "update vps: booted"
    assert again["status"] == "running"


@pytest.mark.parametrize(("before", "after"), [("nanode-1", "standard-1"), ("standard-2", "dedicated-2")])  # fmt: skip  # noqa: E501  # one row
async def test_another_type_is_taken_in_place_and_the_instance_runs_again(
    engine: Engine, before: str, after: str
) -> None:
    made = await engine.up("instance", "vps", {**INSTANCE, "type": f"g6-{before}"})
    grown = await engine.up("instance", "vps", {**INSTANCE, "type": f"g6-{after}"})
    assert (grown["id"], grown["type"], grown["status"]) == (made["id"], f"g6-{after}", "running")
    assert engine.log[-1] == "update vps: type"
    disks = engine.api.get(f"/linode/instances/{made['id']}/disks")["data"]
    size = {"nanode-1": 25600, "standard-2": 81920}[before]
    assert sum(disk["size"] for disk in disks) == size


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("image", "linode/debian13"),
        ("metadatas", [{"userData": "QUFB"}]),
        ("firewallId", 7),
        ("rootPass", "Another-Passw0rd"),
        ("interfaceGeneration", "linode"),
    ],
)
async def test_what_a_linode_is_born_with_makes_a_new_one(
    engine: Engine, name: str, value: object
) -> None:
    await engine.up("instance", "vps", INSTANCE)
    _, inputs, state = engine.states["instance", "vps"]
    change = Instance(Cloud()).schema.diff(state, {**inputs, name: value})
    assert change.names == {name: True}


async def test_plain_properties_change_in_place(engine: Engine) -> None:
    made = await engine.up("instance", "vps", INSTANCE)
    changed = {
        **INSTANCE,
        "label": "other",
        "tags": ["abc"],
        "watchdogEnabled": False,
        "backupsEnabled": True,
        "privateIp": True,
        "alerts": {"cpu": 50, "networkIn": 3},
    }
    now = await engine.up("instance", "vps", changed)
    assert now["id"] == made["id"]
    assert (now["label"], now["tags"], now["watchdogEnabled"]) == ("other", ["abc"], False)
    assert now["privateIpAddress"].startswith("192.168.")
    shown = engine.api.get(f"/linode/instances/{made['id']}")
    assert shown["alerts"]["network_in"] == 3
    assert shown["backups"]["enabled"] is True
    await engine.up("instance", "vps", changed)
    assert engine.log[-1] == "same"


@pytest.mark.parametrize(
    ("change", "path", "reason"),
    [
        ({"label": "ab"}, "label", "3 - 50"),
        ({"label": "x" * 51}, "label", "3 - 50"),
        ({"image": None}, "authorizedKeys", "must be specified"),
        ({"rootPass": "short"}, "rootPass", "11 - 128"),
        ({"colour": "red"}, "colour", "not expected"),
        ({"region": None}, "region", "Missing"),
        ({"firewallId": "seven"}, "firewallId", "expected"),
    ],
)
async def test_an_instance_is_refused_as_the_published_plugin_does(
    engine: Engine, change: Values, path: str, reason: str
) -> None:
    inputs = {k: v for k, v in {**INSTANCE, **change}.items() if v is not None}
    with pytest.raises(RefusedError) as caught:
        await engine.check("instance", "vps", inputs)
    assert reason in caught.value.args[0][path]


async def test_a_preview_knows_what_it_can(engine: Engine) -> None:
    inputs = {**INSTANCE, "firewallId": UNKNOWN, "label": UNKNOWN}
    shown = await engine.preview("instance", "vps", inputs)
    assert shown["ipv4s"] is UNKNOWN
    assert shown["ipv6"] is UNKNOWN
    assert shown["region"] == "eu-central"


async def test_an_instance_that_does_not_boot_is_kept_in_the_state(engine: Engine) -> None:
    engine.machines.broken = "no root for debian-12"
    with pytest.raises(InitFailedError, match="no root for debian-12") as caught:
        await engine.up("instance", "vps", INSTANCE)
    assert caught.value.resource_id.isdigit()


async def test_an_error_of_the_api_names_its_field(engine: Engine) -> None:
    with pytest.raises(PluginError, match=r"\[400\] \[region\] region is not valid"):
        await engine.up("instance", "vps", {**INSTANCE, "region": "mars"})


async def test_an_instance_that_is_gone_fails_as_with_the_published_plugin_and_leaves_the_state(
    engine: Engine,
) -> None:
    made = await engine.up("instance", "vps", INSTANCE)
    engine.api.delete(f"/linode/instances/{made['id']}")
    with pytest.raises(PluginError, match=r"Error deleting Linode instance \d+: \[404\] Not found"):
        await engine.destroy("instance", "vps")
    engine.states["instance", "vps"] = made["id"], {}, {}
    assert await engine.refresh("instance", "vps") is None


async def test_a_firewall_that_is_gone_fails_as_with_the_published_plugin(engine: Engine) -> None:
    rule = await engine.up("firewall", "fw", FIREWALL)
    engine.api.delete(f"/networking/firewalls/{rule['id']}")
    with pytest.raises(PluginError, match=r"Failed to Delete Firewall \d+: \[404\] Not found"):
        await engine.destroy("firewall", "fw")


async def test_a_firewall_is_made_changed_and_in_front_of_the_instance(engine: Engine) -> None:
    wall = await engine.up("firewall", "fw", FIREWALL)
    made = await engine.up("instance", "vps", {**INSTANCE, "firewallId": int(wall["id"])})
    (machine,) = engine.machines.all.values()
    assert machine.rules is not None
    assert [rule.ports for rule in machine.rules] == [(22, 22)]
    more = {**FIREWALL["inbounds"][0], "label": "web", "ports": "80"}
    changed = {**FIREWALL, "inbounds": [*FIREWALL["inbounds"], more], "tags": ["abc"]}
    now = await engine.up("firewall", "fw", changed)
    assert [rule.ports for rule in machine.rules] == [(22, 22), (80, 80)]
    assert (now["tags"], now["version"]) == (["abc"], 2)
    assert [device["entityId"] for device in now["devices"]] == [int(made["id"])]
    await engine.up("firewall", "fw", changed)
    assert engine.log[-1] == "same"


async def test_a_refreshed_firewall_would_let_go_of_the_instance_unless_told_to_ignore_it(
    engine: Engine,
) -> None:
    wall = await engine.up("firewall", "fw", FIREWALL)
    made = await engine.up("instance", "vps", {**INSTANCE, "firewallId": int(wall["id"])})
    seen = await engine.refresh("firewall", "fw")
    assert seen is not None
    assert seen["linodes"] == [int(made["id"])]
    _, _, state = engine.states["firewall", "fw"]
    news = await engine.check("firewall", "fw", FIREWALL)
    schema = Firewall(Cloud()).schema
    assert schema.diff(state, news).names == {"linodes": False}
    assert schema.diff(state, news, ignore=("linodes",)).names == {}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"label": "ab"}, "label"),
        ({"label": "x" * 33}, "label"),
        ({"inboundPolicy": "drop"}, "inboundPolicy"),
        ({"inbounds": [{**FIREWALL["inbounds"][0], "protocol": "tcp"}]}, "inbounds[0].protocol"),
        ({"inbounds": [{**FIREWALL["inbounds"][0], "ipv4s": ["1.2.3.4"]}]}, "inbounds[0].ipv4s"),
        ({"inbounds": [{**FIREWALL["inbounds"][0], "label": "x"}]}, "inbounds[0].label"),
        ({"disabled": "true"}, "disabled"),
    ],
)
async def test_a_firewall_is_refused_as_the_published_plugin_does(
    engine: Engine, change: Values, path: str
) -> None:
    with pytest.raises(RefusedError) as caught:
        await engine.check("firewall", "fw", {**FIREWALL, **change})
    assert path in caught.value.args[0]


async def test_a_misspelt_property_of_a_firewall_is_dropped(engine: Engine) -> None:
    assert "colour" not in await engine.check("firewall", "fw", {**FIREWALL, "colour": "red"})


async def test_a_key_is_kept_as_given(engine: Engine) -> None:
    made = await engine.up("sshKey", "key", {"label": "laptop", "sshKey": f"{KEY}\n"})
    await engine.refresh("sshKey", "key")
    await engine.up("sshKey", "key", {"label": "desk", "sshKey": f"{KEY}\n"})
    assert engine.log[-1] == "update key: label"
    await engine.destroy("sshKey", "key")
    assert made["created"].endswith("Z")


async def test_data_sources_tell_what_is_sold(engine: Engine) -> None:
    kind = await engine.invoke("getInstanceType", {"id": "g6-nanode-1"})
    assert kind["prices"][0]["monthly"] == 5
    assert {"br-gru", "id-cgk"} == {each["id"] for each in kind["regionPrices"]}
    assert (kind["class"], kind["vcpus"]) == ("nanode", 1)
    dedicated = {"filters": [{"name": "class", "values": ["dedicated"]}]}
    types = (await engine.invoke("getInstanceTypes", dedicated))["types"]
    assert {each["class"] for each in types} == {"dedicated"}
    german = {"filters": [{"name": "id", "values": ["^de-"], "matchBy": "re"}]}
    assert [r["id"] for r in (await engine.invoke("getRegions", german))["regions"]] == ["de-fra-2"]
    image = await engine.invoke("getImage", {"id": "linode/debian13"})
    assert image["vendor"] == "Debian"
    with pytest.raises(PluginError, match="404"):
        await engine.invoke("getImage", {"id": "linode/plan9"})


async def test_a_wrong_token_is_found_before_anything_is_done(engine: Engine) -> None:
    url = engine.api.base_url.removesuffix("/v4")
    with pytest.raises(PluginError, match=r"Error connecting .*\[401\] Invalid Token"):
        await configure(provider(), url=url, token="x" * 64)


async def test_a_missing_token_says_where_to_put_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LINODE_TOKEN", raising=False)
    with pytest.raises(PluginError, match="LINODE_TOKEN"):
        await configure(provider())
