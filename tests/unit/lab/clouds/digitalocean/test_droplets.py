"""Droplets, as DigitalOcean's own client sees them."""

import email
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.lab.clouds.digitalocean.conftest import (
    KEY,
    Vendor,
    act,
    client_of,
    create,
    droplet,
    expect,
    finished,
    refusal,
)
from tests.unit.lab.clouds.hetzner.machines import FakeMachines

BODY = {"name": "web", "region": "fra1", "size": "s-1vcpu-1gb", "image": "debian-12-x64"}


def test_a_droplet_is_new_and_without_addresses_until_its_machine_runs(client: Vendor) -> None:
    answer = expect(client.droplets.create(body={**BODY, "ipv6": True}))
    made, (link,) = answer["droplet"], answer["links"]["actions"]
    assert (made["status"], made["locked"]) == ("new", True)
    assert made["networks"] == {"v4": [], "v6": []}
    assert link["href"].endswith(f"/v2/actions/{link['id']}")
    action = finished(client, link["id"])
    assert (action["status"], action["type"]) == ("completed", "create")
    assert (action["resource_id"], action["region_slug"]) == (made["id"], "fra1")
    assert droplet(client, made["id"])["status"] == "active"


def test_a_droplets_networks_have_the_published_shape(
    client: Vendor, machines: FakeMachines
) -> None:
    made = create(client, ipv6=True)
    private, public = made["networks"]["v4"]
    assert (private["type"], private["ip_address"]) == ("private", "10.114.0.2")
    assert public == {
        "ip_address": "203.0.113.96",
        "netmask": "255.255.240.0",
        "gateway": "203.0.113.1",
        "type": "public",
    }
    (six,) = made["networks"]["v6"]
    assert (six["ip_address"], six["netmask"]) == ("2001:db8:300:1::d001", 64)
    machine = machines.all[f"digitalocean-{made['id']}"]
    assert (machine.address, machine.address6) == ("203.0.113.96", "2001:db8:300:1::d001/124")
    assert (machine.image, machine.hostname) == ("debian-12", "web")


def test_without_ipv6_there_is_none(client: Vendor, machines: FakeMachines) -> None:
    made = create(client)
    assert made["networks"]["v6"] == []
    assert made["features"] == ["private_networking"]
    assert next(iter(machines.all.values())).address6 is None


def test_a_droplet_tells_its_size_image_and_region_whole(client: Vendor) -> None:
    made = create(client)
    assert (made["memory"], made["vcpus"], made["disk"]) == (1024, 1, 25)
    assert (made["size_slug"], made["size"]["price_monthly"]) == ("s-1vcpu-1gb", 6.0)
    assert made["image"]["slug"] == "debian-12-x64"
    assert made["region"]["slug"] == "fra1"


@pytest.mark.parametrize("named_by", ["id", "fingerprint"])
def test_user_data_and_keys_reach_the_machine(
    client: Vendor, machines: FakeMachines, named_by: str
) -> None:
    key = client.ssh_keys.create(body={"name": "me", "public_key": KEY})["ssh_key"]
    create(client, ssh_keys=[key[named_by]], user_data="#cloud-config\n{}")
    given: Any = email.message_from_string(next(iter(machines.all.values())).user_data)
    hook, own = given.get_payload()
    assert KEY in hook.get_payload()
    assert own.get_payload(decode=True) == b"#cloud-config\n{}"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "a_b"}, "Name Only valid hostname characters are allowed."),
        ({"name": ""}, "Name Only valid hostname characters are allowed."),
        ({"size": "s-9"}, "You specified an invalid size for Droplet creation."),
        ({"image": "debian-9-x64"}, "You specified an invalid image for Droplet creation."),
        ({"image": "ubuntu-24-04-x64"}, "does not offer image ubuntu-24-04-x64"),
        ({"region": "mars1"}, "You specified an invalid region for Droplet creation."),
        ({"region": "sfo2"}, "Region is not available"),
        ({"region": "lon1"}, "Size is not available in this region."),
        ({"size": "1gb"}, "Size is not available in this region."),
        ({"ssh_keys": [7]}, "7 are invalid key identifiers for Droplet creation."),
        ({"tags": ["a.b"]}, "Tag name is invalid"),
        ({"user_data": "x" * 65537}, "User data is too long"),
        ({"ipv6": "yes"}, "ipv6 must be a boolean"),
        ({"public_networking": False}, "does not offer droplets without public networking"),
        ({"vpc_uuid": "none"}, "VPC is not found in this region."),
    ],
)
def test_what_cannot_be_ordered_is_refused(
    client: Vendor, change: dict[str, Any], message: str
) -> None:
    status, told = refusal(lambda: client.droplets.create(body={**BODY, **change}))
    assert status == 422
    assert message in told
    assert client.droplets.list()["droplets"] == []


def test_the_accounts_limit_holds(serve: Callable[..., str]) -> None:
    client = client_of(serve(droplet_limit=1))
    create(client)
    status, told = refusal(lambda: client.droplets.create(body=BODY))
    assert status == 422
    assert "droplet limit" in told


def test_a_given_back_address_is_used_again_last(client: Vendor) -> None:
    first = create(client)
    client.droplets.destroy(droplet_id=first["id"])
    second = create(client)
    assert second["networks"]["v4"][1]["ip_address"] == "203.0.113.97"


def test_a_deleted_droplet_is_gone_with_its_machine(client: Vendor, machines: FakeMachines) -> None:
    made = create(client)
    client.droplets.destroy(droplet_id=made["id"])
    assert machines.all == {}
    assert client.droplets.get(droplet_id=made["id"])["id"] == "not_found"
    assert client.droplets.destroy(droplet_id=made["id"])["id"] == "not_found"


def test_a_droplet_whose_machine_cannot_be_removed_stays_and_can_be_deleted_again(
    client: Vendor, machines: FakeMachines, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = create(client)

    def fail(_: str) -> None:
        raise RuntimeError("busy")

    with monkeypatch.context() as patch:
        patch.setattr(machines, "delete", fail)
        assert refusal(lambda: client.droplets.destroy(droplet_id=made["id"]))[0] == 500
    assert droplet(client, made["id"]) == made
    client.droplets.destroy(droplet_id=made["id"])
    assert machines.all == {}


def test_names_may_repeat_and_find_their_droplets(client: Vendor) -> None:
    twins = {create(client)["id"], create(client)["id"]}
    create(client, name="other")
    assert {each["id"] for each in client.droplets.list(name="web")["droplets"]} == twins


def test_a_machine_that_fails_to_boot_fails_its_action(
    client: Vendor, machines: FakeMachines
) -> None:
    machines.broken = "no memory"
    answer = expect(client.droplets.create(body=BODY))
    assert finished(client, answer["links"]["actions"][0]["id"])["status"] == "errored"
    assert droplet(client, answer["droplet"]["id"])["status"] == "off"


def test_power_goes_off_and_on(client: Vendor, machines: FakeMachines) -> None:
    key = create(client)["id"]
    machine = machines.all[f"digitalocean-{key}"]
    for kind, status in (
        ("power_off", "off"), ("power_on", "active"), ("shutdown", "off"), ("shutdown", "off"),
        ("power_cycle", "active"), ("reboot", "active"),
    ):  # fmt: skip
        assert act(client, key, kind)["status"] == "completed"
        assert droplet(client, key)["status"] == status
    assert machine.calls == [
        "power_off", "start", "shut_down", "shut_down", "power_off", "start", "reboot",
    ]  # fmt: skip


def test_power_that_is_already_so_is_refused(client: Vendor) -> None:
    key = create(client)["id"]
    assert refusal(lambda: act(client, key, "power_on")) == (422, "Droplet is already powered on.")
    act(client, key, "power_off")
    off = (422, "Droplet is already powered off.")
    assert refusal(lambda: act(client, key, "power_off")) == off
    assert refusal(lambda: act(client, key, "reboot")) == off


def test_a_machine_stopped_from_inside_is_seen(client: Vendor, machines: FakeMachines) -> None:
    key = create(client)["id"]
    machines.all[f"digitalocean-{key}"].running = False
    assert droplet(client, key)["status"] == "off"


def test_one_event_at_a_time(serve: Callable[..., str]) -> None:
    key = create(client_of(serve()))["id"]
    client = client_of(serve(action_seconds=30.0))  # however slow this machine is, it still runs
    pending = (422, "Droplet already has a pending event.")
    client.droplet_actions.post(droplet_id=key, body={"type": "reboot"})
    assert droplet(client, key)["locked"]
    again = {"type": "power_off"}
    assert refusal(lambda: client.droplet_actions.post(droplet_id=key, body=again)) == pending
    assert refusal(lambda: client.droplets.destroy(droplet_id=key)) == pending


def test_a_resize_needs_a_droplet_that_is_off_and_leaves_it_off(client: Vendor) -> None:
    key = create(client)["id"]
    status, told = refusal(lambda: act(client, key, "resize", size="s-1vcpu-2gb"))
    assert status == 422
    assert "power it off" in told
    act(client, key, "power_off")
    act(client, key, "resize", size="s-1vcpu-2gb", disk=False)
    resized = droplet(client, key)
    assert (resized["status"], resized["size_slug"], resized["disk"]) == ("off", "s-1vcpu-2gb", 25)
    act(client, key, "resize", size="s-1vcpu-1gb", disk=False)
    assert droplet(client, key)["memory"] == 1024


def test_a_disk_that_has_grown_never_shrinks(client: Vendor) -> None:
    key = create(client)["id"]
    act(client, key, "power_off")
    act(client, key, "resize", size="s-1vcpu-2gb", disk=True)
    assert droplet(client, key)["disk"] == 50
    status, told = refusal(lambda: act(client, key, "resize", size="s-1vcpu-1gb", disk=False))
    assert (status, "smaller disk" in told) == (422, True)


def test_a_resize_to_a_size_that_is_not_to_be_had_is_refused(client: Vendor) -> None:
    key = create(client, region="lon1", size="s-1vcpu-2gb")["id"]
    act(client, key, "power_off")
    for size, told in (
        ("s-1vcpu-1gb", "Size is not available in this region."),
        ("s-1vcpu-2gb", "Droplet is already of this size."),
        ("none", "You specified an invalid size for Droplet creation."),
    ):
        assert refusal(lambda size=size: act(client, key, "resize", size=size)) == (422, told)  # type: ignore[misc] # a bound loop variable


def test_a_rebuild_changes_the_image(client: Vendor, machines: FakeMachines) -> None:
    key = create(client)["id"]
    act(client, key, "rebuild", image="debian-13-x64")
    assert droplet(client, key)["image"]["slug"] == "debian-13-x64"
    assert machines.all[f"digitalocean-{key}"].image == "debian-13"


def test_ipv6_is_enabled_once(client: Vendor) -> None:
    key = create(client)["id"]
    act(client, key, "enable_ipv6")
    enabled = droplet(client, key)
    assert "ipv6" in enabled["features"]
    assert enabled["networks"]["v6"][0]["ip_address"] == "2001:db8:300:1::d001"
    assert refusal(lambda: act(client, key, "enable_ipv6"))[0] == 422


def test_a_droplet_is_renamed_and_its_backups_switched(client: Vendor) -> None:
    key = create(client)["id"]
    act(client, key, "rename", name="new.example.com")
    act(client, key, "enable_backups")
    changed = droplet(client, key)
    assert (changed["name"], "backups" in changed["features"]) == ("new.example.com", True)
    act(client, key, "disable_backups")
    assert "backups" not in droplet(client, key)["features"]
    assert refusal(lambda: act(client, key, "rename", name="a b"))[0] == 422
    assert "does not offer" in refusal(lambda: act(client, key, "snapshot"))[1]


def test_actions_are_listed_by_droplet_and_started_by_tag(client: Vendor) -> None:
    key = create(client, tags=["web"])["id"]
    other = create(client, name="other")["id"]
    answer = client.droplet_actions.post_by_tag(tag_name="web", body={"type": "reboot"})
    (action,) = answer["actions"]
    assert action["resource_id"] == key
    finished(client, action["id"])
    mine = client.droplet_actions.list(droplet_id=key)["actions"]
    assert [each["type"] for each in mine] == ["reboot", "create"]
    assert client.droplet_actions.get(droplet_id=key, action_id=action["id"])["action"] == mine[0]
    wrong = client.droplet_actions.get(droplet_id=other, action_id=action["id"])
    assert wrong["id"] == "not_found"
    assert client.actions.list()["meta"]["total"] == 3
