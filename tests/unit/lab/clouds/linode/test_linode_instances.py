"""Linodes, as Linode's own client sees them."""

import email
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.lab.clouds.hetzner.machines import FakeMachines
from tests.unit.lab.clouds.linode.conftest import (
    PUBLIC_KEY,
    Vendor,
    client_of,
    create,
    event,
    refusal,
    until,
)


def machine_of(machines: FakeMachines, instance: Vendor) -> Any:
    return machines.all[f"linode-{instance.id}"]


def test_a_created_linode_runs_at_its_public_addresses(
    client: Vendor, machines: FakeMachines
) -> None:
    metadata = client.linode.build_instance_metadata(user_data="#cloud-config\n{}")
    instance = create(client, metadata=metadata, tags=["stack:dev", "blue"])

    assert instance.ipv4 == ["203.0.113.128"]
    assert instance.ipv6 == "2001:db8:400:0:f03c:95ff:fe00:1/128"
    assert instance.tags == ["blue", "stack:dev"]
    assert (instance.region.id, instance.type.id) == ("eu-central", "g6-nanode-1")
    assert (instance.image.id, instance.has_user_data) == ("linode/debian12", True)
    machine = machine_of(machines, instance)
    assert (machine.address, machine.address6) == (
        "203.0.113.128",
        "2001:db8:400:0:f03c:95ff:fe00:1/128",
    )
    assert (machine.image, machine.hostname, machine.rules) == ("debian-12", "web", None)
    parts = email.message_from_string(machine.user_data).get_payload()
    assert isinstance(parts, list)
    texts = [part.get_payload(decode=True) for part in parts]  # type: ignore[union-attr]  # parts of a multipart message are messages
    assert PUBLIC_KEY.encode() in texts[0]
    assert texts[1] == b"#cloud-config\n{}"


def test_the_answer_to_create_comes_before_the_linode_runs(serve: Callable[..., str]) -> None:
    client = client_of(serve(event_seconds=2.0))  # a busy machine still asks in time
    made = client.linode.instance_create(
        "g6-nanode-1", "eu-central", image="linode/debian13", authorized_keys=[PUBLIC_KEY]
    )
    assert made.status == "provisioning"
    assert made.label == f"linode{made.id}"
    assert refusal(made.delete).errors == ["Linode busy."]
    until(made, "running")
    assert event(client, "linode_create")["status"] == "finished"


def test_addresses_are_shown_with_what_belongs_to_them(client: Vendor) -> None:
    instance = create(client, private_ip=True)
    ips = instance.ips
    assert [each.address for each in ips.ipv4.public] == ["203.0.113.128"]
    assert ips.ipv4.private[0].address.startswith("192.168.")
    assert ips.ipv6.slaac.address == "2001:db8:400:0:f03c:95ff:fe00:1"
    assert ips.ipv6.link_local.address == "fe80::f03c:95ff:fe00:1"
    public = ips.ipv4.public[0]
    assert public.rdns == "203-0-113-128.ip.linodeusercontent.com"
    public.rdns = "web.example.com"
    public.save()
    assert client.get("/networking/ips/203.0.113.128")["rdns"] == "web.example.com"
    assert len(client.networking.ips()) == 3


def test_an_image_brings_disks_and_a_profile(client: Vendor) -> None:
    instance = create(client)
    assert [(disk.filesystem, disk.size) for disk in instance.disks] == [
        ("ext4", 25600 - 512),
        ("swap", 512),
    ]
    (config,) = instance.configs
    assert config.label == "My Debian 12 Disk Profile"
    assert config.devices.sda.id == instance.disks[0].id
    path = f"/linode/instances/{instance.id}/configs/{config.id}"
    changed = client.put(path, data={"label": "boot", "kernel": "linode/grub2"})
    assert changed["label"] == "boot"


@pytest.mark.parametrize(
    ("options", "field", "reason"),
    [
        ({"label": "ab"}, "label", "3-64"),
        ({"label": "x" * 65}, "label", "3-64"),
        ({"label": "two--dashes"}, "label", "dashes"),
        ({"type": "g6-nothing-1"}, "type", "not found"),
        ({"region": "mars"}, "region", "not valid"),
        ({"region": "nl-ams"}, "region", "not available"),
        ({"type": "g6-dedicated-edge-2"}, "region", "not available"),
        ({"image": "linode/plan9"}, "image", "not valid"),
        ({"image": "linode/ubuntu24.04"}, "image", "it boots"),
        ({"root_pass": "short"}, "root_pass", "11-128"),
        ({"root_pass": "alllowercaseletters"}, "root_pass", "complexity"),
        ({"metadata": {"user_data": "#cloud-config"}}, "metadata.user_data", "base64"),
        ({"metadata": {"user_data": "QUFB" * 6000}}, "metadata.user_data", "16384"),
        ({"tags": ["x"]}, "tags", "3-50"),
        ({"firewall": 7}, "firewall_id", "not found"),
        ({"interface_generation": "old"}, "interface_generation", "Must be"),
        ({"authorized_users": ["nobody"]}, "authorized_users", "does not exist"),
        ({"stackscript": 1}, "stackscript_id", "does not offer"),
    ],
)
def test_a_bad_request_is_refused_and_makes_nothing(
    client: Vendor, options: dict[str, Any], field: str, reason: str
) -> None:
    error = refusal(lambda: create(client, **options))
    assert error.status == 400
    assert error.json["errors"][0]["field"] == field
    assert reason in error.errors[0]
    assert list(client.linode.instances()) == []
    assert list(client.networking.ips()) == []


def test_keys_need_an_image_and_an_image_needs_a_way_in(client: Vendor) -> None:
    body = {"type": "g6-nanode-1", "region": "eu-central"}
    keys = {**body, "authorized_keys": [PUBLIC_KEY]}
    assert "image" in refusal(lambda: client.post("/linode/instances", data=keys)).errors[0]
    image = {**body, "image": "linode/debian12"}
    assert "required" in refusal(lambda: client.post("/linode/instances", data=image)).errors[0]
    wrong = {**image, "authorized_keys": ["nonsense"]}
    assert "SSH" in refusal(lambda: client.post("/linode/instances", data=wrong)).errors[0]


def test_a_linode_without_an_image_stays_off(client: Vendor, machines: FakeMachines) -> None:
    instance = client.linode.instance_create("g6-nanode-1", "eu-central", label="empty")
    until(instance, "offline")
    assert machines.all == {}
    assert "profiles" in refusal(instance.boot).errors[0]


def test_a_label_is_used_once(client: Vendor) -> None:
    create(client)
    assert refusal(lambda: create(client)).errors == ["Label must be unique among your linodes"]
    other = create(client, label="other")
    assert refusal(lambda: client.put(f"/linode/instances/{other.id}", data={"label": "web"}))
    other.label, other.tags = "third", ["abc"]
    other.save()
    other.invalidate()
    assert (other.label, other.tags) == ("third", ["abc"])
    assert [tag.label for tag in client.tags()] == ["abc"]
    (tagged,) = client.tags()[0].objects
    assert tagged.id == other.id


def test_the_number_of_linodes_is_limited(serve: Callable[..., str]) -> None:
    client = client_of(serve(instance_limit=1))
    create(client)
    assert "Limit" in refusal(lambda: create(client, label="more")).errors[0]


def test_power_is_switched(client: Vendor, machines: FakeMachines) -> None:
    instance = create(client)
    for command, status in (("shutdown", "offline"), ("boot", "running"), ("reboot", "running")):
        getattr(instance, command)()
        assert event(client, f"linode_{command}")["status"] == "finished"
        until(instance, status)
    assert machine_of(machines, instance).calls == ["shut_down", "start", "reboot"]
    assert "already booted" in refusal(instance.boot).errors[0]


def test_reboot_starts_a_linode_that_is_off(client: Vendor) -> None:
    instance = create(client)
    instance.shutdown()
    until(instance, "offline")
    instance.reboot()
    until(instance, "running")


def test_a_linode_stopped_from_inside_is_seen_to_be_off(
    client: Vendor, machines: FakeMachines
) -> None:
    instance = create(client)
    machine_of(machines, instance).running = False
    instance.invalidate()
    assert instance.status == "offline"


def test_another_type_keeps_the_disk_unless_told(client: Vendor) -> None:
    instance = create(client)
    path = f"/linode/instances/{instance.id}/resize"
    client.post(path, data={"type": "g6-standard-1", "allow_auto_disk_resize": False})
    assert event(client, "linode_resize")["status"] == "finished"
    until(instance, "running")
    assert client.get(f"/linode/instances/{instance.id}")["type"] == "g6-standard-1"
    assert instance.disks[0].size == 25600 - 512
    client.post(path, data={"type": "g6-nanode-1", "allow_auto_disk_resize": False})
    until(instance, "running")
    again = {"type": "g6-nanode-1"}
    assert refusal(lambda: client.post(path, data=again)).errors  # busy, or the same type


def test_a_smaller_type_must_hold_the_disks(client: Vendor) -> None:
    instance = create(client, type="g6-standard-1")
    change = {"type": "g6-nanode-1", "allow_auto_disk_resize": False}
    error = refusal(lambda: client.post(f"/linode/instances/{instance.id}/resize", data=change))
    assert "allocated more disk" in error.errors[0]


def test_rebuild_puts_another_image_on_the_same_linode(
    client: Vendor, machines: FakeMachines
) -> None:
    instance = create(client)
    instance.rebuild("linode/debian13", root_pass="A-long-Passw0rd")
    assert event(client, "linode_rebuild")["status"] == "finished"
    until(instance, "running")
    assert (instance.image.id, instance.ipv4) == ("linode/debian13", ["203.0.113.128"])
    assert machine_of(machines, instance).image == "debian-13"


def test_a_failed_boot_ends_the_event_with_its_reason(
    client: Vendor, machines: FakeMachines
) -> None:
    machines.broken = "no root for debian-12"
    made = client.linode.instance_create(
        "g6-nanode-1", "eu-central", image="linode/debian12", authorized_keys=[PUBLIC_KEY]
    )
    failed = event(client, "linode_boot")
    assert failed["status"] == "failed"
    assert "no root for debian-12" in failed["message"]
    until(made, "offline")
    made.delete()
    assert event(client, "linode_delete")["status"] == "finished"


def test_a_deleted_linode_is_gone_with_its_addresses(
    client: Vendor, machines: FakeMachines
) -> None:
    instance = create(client)
    instance.delete()
    assert event(client, "linode_delete")["entity"]["id"] == instance.id
    assert machines.all == {}
    assert list(client.networking.ips()) == []
    assert refusal(lambda: client.get(f"/linode/instances/{instance.id}")).status == 404
    assert refusal(instance.delete).status == 404


def test_an_address_that_was_given_back_is_used_again_last(client: Vendor) -> None:
    create(client).delete()
    event(client, "linode_delete")
    assert create(client).ipv4 == ["203.0.113.129"]


def test_what_is_not_offered_is_said(client: Vendor) -> None:
    instance = create(client)
    error = refusal(lambda: client.post(f"/linode/instances/{instance.id}/rescue"))
    assert "rescue" in error.errors[0]
    path = f"/linode/instances/{instance.id}/disks"
    assert "does not offer" in refusal(lambda: client.post(path, data={"size": 1})).errors[0]


def test_everything_is_there_after_a_restart(
    serve: Callable[..., str], machines: FakeMachines
) -> None:
    instance = create(client_of(serve()))
    again = client_of(serve())
    assert again.linode.instances()[0].status == "running"
    assert create(again, label="more").ipv4 == ["203.0.113.129"]
    assert f"linode-{instance.id}" in machines.all
