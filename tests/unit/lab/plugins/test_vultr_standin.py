"""The vultr stand-in, over the lab's own API."""

import base64
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from lab.clouds.vultr import create_app
from lab.plugins.framework import UNKNOWN, InitFailedError, PluginError, Values
from lab.plugins.protocol import provider_pb2
from lab.plugins.serving import Provider
from lab.plugins.values import from_values
from lab.plugins.vultr.__main__ import provider
from lab.plugins.vultr.cloud import Cloud
from tests.unit.lab.clouds.hetzner.machines import FakeMachines
from tests.unit.lab.clouds.hetzner.serving import served
from tests.unit.lab.clouds.vultr.conftest import PUBLIC_KEY, TOKEN, Vultr
from tests.unit.lab.plugins.hcloud_engine import NOTHING, Engine, RefusedError

INSTANCE: Values = {
    "plan": "vc2-1c-1gb",
    "region": "fra",
    "osId": 2136,
    "userScheme": "root",
    "enableIpv6": True,
}
RULE: Values = {
    "ipType": "v4", "protocol": "tcp", "subnet": "0.0.0.0", "subnetSize": 0, "port": "22",
}  # fmt: skip


async def configured(endpoint: str, **config: Any) -> Provider:
    """The plugin; it gives up soon."""
    environment = {} if config else {"VULTR_API_KEY": TOKEN}
    cloud = Cloud(
        endpoint=endpoint, environment=environment, poll_seconds=0.01, patience_seconds=1.0
    )
    plugin = provider(cloud)
    args = from_values({"rateLimit": 10, "retryLimit": 1, **config}, secrets=NOTHING)
    await plugin.configure(provider_pb2.ConfigureRequest(args=args))
    return plugin


@pytest_asyncio.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    machines = FakeMachines()
    app = create_app(
        machines=machines,
        tokens=frozenset({TOKEN}),
        state_file=tmp_path / "state.json",
        requests_per_second=10_000,
        boot_seconds=0.02,
    )
    with served(app) as address:
        endpoint = address.removesuffix("/v1") + "/v2"
        yield Engine(await configured(endpoint), Vultr(endpoint), machines, package="vultr")


async def test_an_instance_is_made_and_its_outputs_known(engine: Engine) -> None:
    made = await engine.up(
        "instance", "vps", {**INSTANCE, "userData": "#cloud-config\n{}", "tags": ["b", "a"]}
    )
    assert made["mainIp"] == "203.0.113.64"
    # With every zero, as in the API's documents.
    assert made["v6MainIp"].startswith("2001:0db8:0200:0001:5400:00ff:")
    assert (made["status"], made["powerStatus"], made["ram"]) == ("active", "running", 1024)
    assert made["os"] == "Debian 12 x64 (bookworm)"
    assert made["defaultPassword"]
    assert made["userData"] == "#cloud-config\n{}"
    # Given in clear, it travels encoded; to the machine it is one part of several.
    assert "\nI2Nsb3VkLWNvbmZpZwp7fQ==\n" in engine.machines.all["vultr-1001"].user_data


async def test_a_second_update_changes_nothing(engine: Engine) -> None:
    inputs = {**INSTANCE, "tags": ["b", "a"], "userData": "x", "label": "me", "hostname": "me"}
    await engine.up("instance", "vps", inputs)
    await engine.up("instance", "vps", inputs)
    await engine.refresh("instance", "vps")
    await engine.up("instance", "vps", inputs)
    assert engine.log == ["create vps", "same", "same"]


async def test_a_preview_makes_nothing_and_knows_what_was_given(engine: Engine) -> None:
    shown = await engine.preview("instance", "vps", {**INSTANCE, "firewallGroupId": UNKNOWN})
    assert shown["plan"] == "vc2-1c-1gb"
    assert shown["mainIp"] is UNKNOWN
    assert engine.api.get("/instances")["instances"] == []


@pytest.mark.parametrize(
    ("change", "step"),
    [
        ({"osId": 2625}, "replace vps: osId"),
        ({"region": "ams"}, "replace vps: region"),
        ({"hostname": "other"}, "replace vps: hostname"),
        ({"userData": "#cloud-config\n{}"}, "replace vps: userData"),
        ({"plan": "vc2-1c-2gb"}, "update vps: plan"),
        ({"label": "other"}, "update vps: label"),
        ({"tags": ["a"]}, "update vps: tags"),
        (
            {"backups": "enabled", "backupsSchedule": {"type": "daily", "hour": 3}},
            "update vps: backups, backupsSchedule",
        ),
    ],
)
async def test_an_edit_does_what_the_published_schema_says(
    engine: Engine, change: Values, step: str
) -> None:
    await engine.up("instance", "vps", INSTANCE)
    made = await engine.up("instance", "vps", {**INSTANCE, **change})
    assert step in engine.log
    assert {name: made[name] for name in change} == change
    await engine.up("instance", "vps", {**INSTANCE, **change})
    assert engine.log[-1] == "same"


async def test_the_region_is_the_same_in_any_case(engine: Engine) -> None:
    await engine.up("instance", "vps", INSTANCE)
    await engine.up("instance", "vps", {**INSTANCE, "region": "FRA"})
    assert engine.log[-1] == "same"


async def test_a_group_and_its_rules_filter_the_instance(engine: Engine) -> None:
    group = await engine.up("firewallGroup", "web", {"description": "web"})
    await engine.up("instance", "vps", {**INSTANCE, "firewallGroupId": group["id"]})
    assert engine.machines.all["vultr-1001"].rules == []
    rule = {**RULE, "firewallGroupId": group["id"]}
    made = await engine.up("firewallRule", "ssh", rule)
    assert made["notes"] == ""
    assert len(engine.machines.all["vultr-1001"].rules or ()) == 1
    await engine.refresh("firewallRule", "ssh")
    await engine.up("firewallRule", "ssh", rule)
    assert engine.log[-1] == "same"
    await engine.up("firewallRule", "ssh", {**rule, "port": "2222"})
    assert "replace ssh: port" in engine.log
    await engine.up("firewallGroup", "web", {"description": "other"})
    assert engine.log[-1] == "update web: description"
    for kind, name in (("instance", "vps"), ("firewallRule", "ssh"), ("firewallGroup", "web")):
        await engine.destroy(kind, name)
    assert engine.api.get("/firewalls")["firewall_groups"] == []


async def test_keys_and_scripts_are_named_kept_and_changed_in_place(engine: Engine) -> None:
    key = await engine.up("sSHKey", "login", {"sshKey": PUBLIC_KEY})
    assert key["name"] == "login-abcdef0"
    await engine.up("sSHKey", "login", {"sshKey": PUBLIC_KEY, "name": "me"})
    assert engine.log[-1] == "update login: name"
    script = {"script": base64.b64encode(b"#!/bin/sh\n").decode(), "name": "s"}
    await engine.up("startupScript", "boot", script)
    await engine.refresh("startupScript", "boot")
    await engine.up("startupScript", "boot", script)
    assert engine.log[-1] == "same"
    await engine.destroy("sSHKey", "login")
    await engine.destroy("startupScript", "boot")
    assert engine.api.get("/ssh-keys")["meta"]["total"] == 0


async def test_what_was_deleted_in_the_console_leaves_the_state(engine: Engine) -> None:
    group = await engine.up("firewallGroup", "web", {})
    rule = await engine.up("firewallRule", "ssh", {**RULE, "firewallGroupId": group["id"]})
    engine.api.ask(f"DELETE /firewalls/{group['id']}/rules/{rule['id']}")
    assert await engine.refresh("firewallRule", "ssh") is None
    assert await engine.refresh("firewallGroup", "web") is not None


async def test_an_instance_deleted_in_the_console_is_an_error_as_with_the_published_plugin(
    engine: Engine,
) -> None:
    made = await engine.up("instance", "vps", INSTANCE)
    engine.api.ask(f"DELETE /instances/{made['id']}")
    with pytest.raises(PluginError, match=r"error getting instance .*instance not found"):
        await engine.refresh("instance", "vps")


async def test_a_delete_of_what_is_gone_fails_as_with_the_published_plugin(engine: Engine) -> None:
    made = await engine.up("instance", "vps", INSTANCE)
    engine.api.ask(f"DELETE /instances/{made['id']}")
    with pytest.raises(PluginError, match=r"error destroying instance .*instance not found"):
        await engine.destroy("instance", "vps")


async def test_an_instance_that_does_not_boot_is_kept_in_the_state(engine: Engine) -> None:
    engine.machines.broken = "no disk"
    with pytest.raises(InitFailedError, match="'running'") as caught:
        await engine.up("instance", "vps", INSTANCE)
    assert caught.value.resource_id == engine.api.get("/instances")["instances"][0]["id"]


@pytest.mark.parametrize(
    ("kind", "inputs", "path"),
    [
        ("instance", {**INSTANCE, "bogus": 1}, "bogus"),
        ("instance", {"region": "fra"}, "plan"),
        ("instance", {**INSTANCE, "plan": ""}, "plan"),
        ("instance", {**INSTANCE, "osId": "debian"}, "osId"),
        ("instance", {**INSTANCE, "backups": "sometimes"}, "backups"),
        ("firewallRule", {**RULE, "firewallGroupId": "x", "subnet": "0.0.0.0/0"}, "subnet"),
        ("firewallRule", {**RULE, "firewallGroupId": "x", "protocol": "TCP"}, "protocol"),
        ("firewallRule", {**RULE, "firewallGroupId": "x", "ipType": "ipv4"}, "ipType"),
        ("firewallRule", {**RULE, "firewallGroupId": "x", "source": "me"}, "source"),
        ("firewallRule", RULE, "firewallGroupId"),
        ("startupScript", {"script": "#!/bin/sh"}, "script"),
        ("sSHKey", {}, "sshKey"),
    ],
)
async def test_a_bad_input_is_refused_before_the_api_is_asked(
    engine: Engine, kind: str, inputs: Values, path: str
) -> None:
    with pytest.raises(RefusedError) as caught:
        await engine.check(kind, "it", inputs)
    assert list(caught.value.args[0]) == [path]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"osId": None}, "error occurred while getting your intended os type"),
        ({"appId": 3}, "too many options have been selected"),
        ({"plan": "vc2-9c"}, r'error creating server: {"error":"Invalid plan.","status":400}'),
        ({"region": "hnl"}, "Plan is not available in the selected region"),
        ({"backups": "enabled"}, "please provide a backups_schedule"),
        ({"vpcIds": ["x"]}, "does not offer an instance's vpcIds"),
    ],
)
async def test_what_cannot_be_made_is_told_in_the_plugins_words(
    engine: Engine, change: Values, message: str
) -> None:
    with pytest.raises(PluginError, match=message):
        await engine.up("instance", "vps", {**INSTANCE, **change})
    assert not engine.machines.all


async def test_a_wrong_key_is_told_in_the_apis_words(engine: Engine) -> None:
    stranger = await configured(engine.api.endpoint, apiKey="x" * 36)
    with pytest.raises(PluginError, match="Invalid API token"):
        await Engine(stranger, engine.api, engine.machines, package="vultr").up(
            "firewallGroup", "web", {}
        )


async def test_a_busy_api_is_asked_again_and_then_given_up(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def busy(self: object, name: str) -> bool:
        asked.append(name)
        raise RuntimeError("busy")

    made = await engine.up("instance", "vps", INSTANCE)
    monkeypatch.setattr(FakeMachines, "running", busy)
    with pytest.raises(PluginError, match=r"gave up after 2 attempts, last error.*500"):
        await engine.refresh("instance", "vps")
    assert len(asked) == 2, made["id"]


@pytest.mark.parametrize(
    ("name", "field", "value", "check"),
    [
        ("getOs", "name", "Debian 13 x64 (trixie)", lambda found: found["id"] == "2625"),
        ("getPlan", "id", "vc2-1c-1gb", lambda found: found["monthlyCost"] == 5),
        ("getRegion", "city", "Frankfurt", lambda found: found["id"] == "fra"),
    ],
)
async def test_a_filter_finds_the_one_entry(
    engine: Engine, name: str, field: str, value: str, check: Callable[[Values], bool]
) -> None:
    assert check(await engine.invoke(name, {"filters": [{"name": field, "values": [value]}]}))


async def test_a_filter_that_leaves_none_or_several_is_an_error(engine: Engine) -> None:
    for value, words in (("Mars", "no results were found"), ("US", "too many results")):
        filters = [{"name": "country", "values": [value]}]
        with pytest.raises(PluginError, match=words):
            await engine.invoke("getRegion", {"filters": filters})
