"""The digitalocean stand-in, over the lab's own API."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from lab.plugins.digitalocean import cloud
from lab.plugins.digitalocean.droplet_schema import user_data_sum
from lab.plugins.framework import UNKNOWN, InitFailedError, PluginError, Values
from tests.unit.lab.clouds.digitalocean.conftest import KEY
from tests.unit.lab.plugins.digitalocean_engine import configured, digitalocean
from tests.unit.lab.plugins.hcloud_engine import Engine, RefusedError

DROPLET: Values = {"size": "s-1vcpu-1gb", "image": "debian-12-x64", "region": "fra1"}
ANYWHERE = ["0.0.0.0/0", "::/0"]
SSH: Values = {"protocol": "tcp", "portRange": "22", "sourceAddresses": ANYWHERE}
OUT: Values = {"protocol": "icmp", "destinationAddresses": ANYWHERE}


@pytest_asyncio.fixture
async def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Engine]:
    monkeypatch.setattr(cloud, "POLL_SECONDS", 0.01)
    async with digitalocean(tmp_path / "state.json") as engine:
        yield engine


async def test_a_droplet_is_made_and_its_outputs_known(engine: Engine) -> None:
    made = await engine.up(
        "droplet", "vps", {**DROPLET, "ipv6": True, "userData": "#cloud-config\n{}"}
    )
    assert made["name"] == "vps-abcdef0"
    assert (made["ipv4Address"], made["ipv4AddressPrivate"]) == ("203.0.113.96", "10.114.0.2")
    assert made["ipv6Address"] == "2001:db8:300:1::d001"
    assert (made["status"], made["locked"], made["disk"]) == ("active", False, 25)
    assert (made["priceMonthly"], made["dropletUrn"]) == (6, f"do:droplet:{made['id']}")
    assert made["userData"] == user_data_sum("#cloud-config\n{}")
    machine = engine.machines.all[f"digitalocean-{made['id']}"]
    assert machine.user_data == "#cloud-config\n{}"


async def test_a_second_update_changes_nothing_before_and_after_a_refresh(engine: Engine) -> None:
    tag = await engine.up("tag", "stack", {})
    key = await engine.up("sshKey", "login", {"publicKey": f"{KEY}\n"})
    wanted: dict[str, Values] = {
        "firewall": {"tags": [tag["name"]], "inboundRules": [SSH], "outboundRules": [OUT]},
        "droplet": {
            **DROPLET, "ipv6": True, "tags": [tag["name"]], "sshKeys": [key["id"]],
            "userData": "x", "resizeDisk": False, "dropletAgent": False,
        },
        "sshKey": {"publicKey": f"{KEY}\n"},
        "tag": {},
    }  # fmt: skip
    names = {"firewall": "wall", "droplet": "vps", "sshKey": "login", "tag": "stack"}
    for kind in ("firewall", "droplet"):
        await engine.up(kind, names[kind], wanted[kind])
    engine.log.clear()
    for kind, name in names.items():
        await engine.up(kind, name, wanted[kind])
        await engine.refresh(kind, name)
        await engine.up(kind, name, wanted[kind])
    assert engine.log == ["same"] * 8


async def test_a_preview_makes_nothing_and_asks_nobody(engine: Engine) -> None:
    engine.plugin = await configured("http://127.0.0.1:1")  # nobody answers there
    shown = await engine.preview("droplet", "vps", {**DROPLET, "tags": [UNKNOWN]})
    assert shown["image"] == "debian-12-x64"
    assert shown["ipv4Address"] is UNKNOWN
    rule = {**SSH, "sourceAddresses": UNKNOWN}
    shown = await engine.preview("firewall", "wall", {"tags": UNKNOWN, "inboundRules": [rule]})
    assert shown["status"] is UNKNOWN
    shown = await engine.preview("sshKey", "login", {"publicKey": UNKNOWN})
    assert shown["fingerprint"] is UNKNOWN
    assert engine.api.droplets.list()["droplets"] == []


@pytest.mark.parametrize(
    ("change", "step"),
    [
        ({"image": "debian-13-x64"}, "replace vps: image"),
        ({"region": "ams3"}, "replace vps: region"),
        ({"userData": "#cloud-config\n{}"}, "replace vps: userData"),
        ({"sshKeys": ["KEY"]}, "replace vps: sshKeys"),
        ({"monitoring": True}, "replace vps: monitoring"),
        ({"dropletAgent": True}, "replace vps: dropletAgent"),
        ({"ipv6": False}, "replace vps: ipv6"),
        ({"size": "s-1vcpu-2gb", "resizeDisk": False}, "update vps: size, resizeDisk"),
        ({"name": "other"}, "update vps: name"),
        ({"tags": ["a", "b:c_d-e"]}, "update vps: tags"),
        ({"backups": True}, "update vps: backups"),
    ],
)
async def test_an_edit_does_what_the_published_schema_says(
    engine: Engine, change: Values, step: str
) -> None:
    key = engine.api.ssh_keys.create(body={"name": "me", "public_key": KEY})["ssh_key"]
    change = {**change, **({"sshKeys": [key["fingerprint"]]} if "sshKeys" in change else {})}
    await engine.up("droplet", "vps", {**DROPLET, "ipv6": True})
    made = await engine.up("droplet", "vps", {**DROPLET, "ipv6": True, **change})
    assert step in engine.log
    assert made["status"] == "active"
    for name, value in change.items():
        assert made[name] == (user_data_sum(value) if name == "userData" else value)


async def test_another_size_costs_and_has_more_and_keeps_the_disk(engine: Engine) -> None:
    await engine.up("droplet", "vps", {**DROPLET, "resizeDisk": False})
    more = {**DROPLET, "resizeDisk": False, "size": "s-1vcpu-2gb"}
    made = await engine.up("droplet", "vps", more)
    assert (made["memory"], made["priceMonthly"], made["disk"]) == (2048, 12, 25)
    machine = next(iter(engine.machines.all.values()))
    assert machine.calls == ["power_off", "start"]


async def test_a_failed_resize_leaves_the_droplet_on(engine: Engine) -> None:
    await engine.up("droplet", "vps", {**DROPLET, "region": "lon1", "size": "s-1vcpu-2gb"})
    with pytest.raises(PluginError, match="Size is not available in this region"):
        await engine.up("droplet", "vps", {**DROPLET, "region": "lon1"})
    assert next(iter(engine.machines.all.values())).running


async def test_ipv6_is_enabled_in_place(engine: Engine) -> None:
    await engine.up("droplet", "vps", DROPLET)
    made = await engine.up("droplet", "vps", {**DROPLET, "ipv6": True})
    assert "update vps: ipv6" in engine.log
    assert made["ipv6Address"] == "2001:db8:300:1::d001"


async def test_a_droplet_that_does_not_come_up_is_kept_in_the_state(engine: Engine) -> None:
    engine.machines.broken = "no memory"
    with pytest.raises(InitFailedError, match="unexpected state 'off'"):
        await engine.up("droplet", "vps", DROPLET)
    assert len(engine.api.droplets.list()["droplets"]) == 1


async def test_everything_deleted_leaves_nothing(engine: Engine) -> None:
    tag = await engine.up("tag", "stack", {})
    await engine.up("sshKey", "login", {"publicKey": KEY})
    await engine.up("firewall", "wall", {"tags": [tag["name"]], "inboundRules": [SSH]})
    await engine.up("droplet", "vps", {**DROPLET, "tags": [tag["name"]], "gracefulShutdown": True})
    machine = next(iter(engine.machines.all.values()))
    steps = (("droplet", "vps"), ("firewall", "wall"), ("sshKey", "login"), ("tag", "stack"))
    for kind, name in steps:
        await engine.destroy(kind, name)
    assert machine.calls == ["shut_down"]
    for kind in ("droplets", "firewalls", "ssh_keys", "tags"):
        assert getattr(engine.api, kind).list()[kind] == []


async def test_a_droplet_that_is_gone_fails_as_with_the_published_plugin_and_leaves_the_state(
    engine: Engine,
) -> None:
    made = await engine.up("droplet", "vps", DROPLET)
    engine.api.droplets.destroy(droplet_id=made["id"])
    with pytest.raises(PluginError, match=r"unlocked for destroy.*could not be found"):
        await engine.destroy("droplet", "vps")
    engine.states["droplet", "vps"] = made["id"], {}, {}
    assert await engine.refresh("droplet", "vps") is None


async def test_a_firewall_that_is_gone_fails_as_with_the_published_plugin(engine: Engine) -> None:
    wall = await engine.up("firewall", "wall", {"inboundRules": [SSH]})
    engine.api.firewalls.delete(firewall_id=wall["id"])
    with pytest.raises(PluginError, match=r"Error deleting firewall: .*could not be found"):
        await engine.destroy("firewall", "wall")


async def test_a_tag_that_is_gone_leaves_the_state(engine: Engine) -> None:
    tag = await engine.up("tag", "stack", {})
    engine.api.tags.delete(tag_id=tag["name"])
    assert await engine.refresh("tag", "stack") is None


async def test_rules_are_kept_in_any_order_and_updated_in_place(engine: Engine) -> None:
    web = {**SSH, "portRange": "80"}
    every = {**OUT, "protocol": "udp", "portRange": "all"}
    await engine.up("firewall", "wall", {"inboundRules": [SSH, web], "outboundRules": [OUT, every]})
    await engine.refresh("firewall", "wall")
    await engine.up("firewall", "wall", {"inboundRules": [web, SSH], "outboundRules": [every, OUT]})
    await engine.up("firewall", "wall", {"inboundRules": [web], "outboundRules": [every]})
    assert engine.log == ["create wall", "same", "update wall: inboundRules, outboundRules"]
    (wall,) = engine.api.firewalls.list()["firewalls"]
    assert [rule["ports"] for rule in wall["inbound_rules"]] == ["80"]


@pytest.mark.parametrize(
    ("kind", "inputs", "where", "reason"),
    [
        ("droplet", {**DROPLET, "sise": "x"}, "sise", "not expected"),
        ("droplet", {"image": "debian-12-x64"}, "size", "Missing required"),
        ("droplet", {**DROPLET, "tags": ["a.b"]}, "tags", "tags may contain"),
        ("droplet", {**DROPLET, "image": ""}, "image", "must not be empty"),
        ("firewall", {}, "", "At least one rule"),
        ("firewall", {"inboundRules": []}, "", "At least one rule"),
        ("firewall", {"inboundRules": [{"protocol": "tcp"}]}, "inboundRules", "`port_range` of"),
        (
            "firewall",
            {"inboundRules": [{**SSH, "protocol": "TCP"}]},
            "inboundRules[0].protocol",
            "expected protocol",
        ),
        ("firewall", {"inboundRules": [SSH], "tags": ["ä"]}, "tags", "tags may contain"),
        ("sshKey", {}, "publicKey", "Missing required"),
        ("tag", {"name": "a b"}, "name", "tags may contain"),
    ],
)
async def test_what_the_published_plugin_refuses_is_refused(
    engine: Engine, kind: str, inputs: Values, where: str, reason: str
) -> None:
    with pytest.raises(RefusedError) as caught:
        await engine.check(kind, "it", inputs)
    assert reason in caught.value.args[0][where]


async def test_a_refusal_of_the_api_is_told_in_the_published_words(engine: Engine) -> None:
    with pytest.raises(
        PluginError,
        match=r"Error creating droplet: POST .*/v2/droplets: 422 \(request .*\) Size is not",
    ):
        await engine.up("droplet", "vps", {**DROPLET, "region": "lon1"})
    await engine.up("sshKey", "one", {"publicKey": KEY})
    with pytest.raises(PluginError, match="SSH Key is already in use on your account"):
        await engine.up("sshKey", "two", {"publicKey": KEY})


async def test_sizes_and_regions_are_filtered_and_sorted(engine: Engine) -> None:
    args: dict[str, Any] = {
        "filters": [
            {"key": "regions", "values": ["fra1"]},
            {"key": "available", "values": ["true"]},
            {"key": "memory", "values": ["512", "1024"]},
        ],
        "sorts": [{"key": "price_monthly", "direction": "desc"}],
    }
    sizes = (await engine.invoke("getSizes", args))["sizes"]
    assert [each["priceMonthly"] for each in sizes] == [7, 7, 6, 4]
    by_name = {"filters": [{"key": "name", "values": ["New"], "matchBy": "substring"}]}
    regions = (await engine.invoke("getRegions", by_name))["regions"]
    assert {each["slug"] for each in regions} == {"nyc1", "nyc2", "nyc3"}
    assert len((await engine.invoke("getRegions", {}))["regions"]) == 13


async def test_images_and_keys_are_looked_up(engine: Engine) -> None:
    image = await engine.invoke("getImage", {"slug": "debian-13-x64"})
    assert (image["distribution"], image["private"]) == ("Debian", False)
    same = await engine.invoke("getImage", {"name": "13 x64", "source": "distributions"})
    assert same["id"] == image["id"]
    for args in ({"slug": "none"}, {"name": "none"}, {}):
        with pytest.raises(PluginError):
            await engine.invoke("getImage", args)
    made = await engine.up("sshKey", "login", {"publicKey": KEY, "name": "me"})
    found = await engine.invoke("getSshKey", {"name": "me"})
    assert found["fingerprint"] == made["fingerprint"]
    with pytest.raises(PluginError, match="not found"):
        await engine.invoke("getSshKey", {"name": "you"})
