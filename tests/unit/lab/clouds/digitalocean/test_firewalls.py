"""Firewalls, as DigitalOcean's own client sets them and as machines get them."""

from typing import Any

import pytest

from lab.machines import FirewallRule, OutboundRule
from tests.unit.lab.clouds.digitalocean.conftest import Vendor, create, expect, refusal
from tests.unit.lab.clouds.hetzner.machines import FakeMachines, Machine

ANYWHERE = ("0.0.0.0/0", "::/0")


def allow(ports: str, protocol: str = "tcp", **sources: Any) -> dict[str, Any]:
    """An inbound rule."""
    ends = sources or {"addresses": [*ANYWHERE]}
    return {"protocol": protocol, "ports": ports, "sources": ends}


def allow_out(ports: str, protocol: str = "tcp") -> dict[str, Any]:
    """An outbound rule."""
    return {"protocol": protocol, "ports": ports, "destinations": {"addresses": [*ANYWHERE]}}


def firewall(client: Vendor, **body: Any) -> dict[str, Any]:
    """A new firewall."""
    made: dict[str, Any] = expect(client.firewalls.create(body={"name": "web", **body}))
    return dict(made["firewall"])


def machine_of(machines: FakeMachines) -> Machine:
    (machine,) = machines.all.values()
    return machine


def test_rules_become_the_machines_filter(client: Vendor, machines: FakeMachines) -> None:
    made = create(client)
    icmp = {"protocol": "icmp", "sources": {"addresses": ["203.0.113.9"]}}
    told = firewall(
        client,
        droplet_ids=[made["id"]],
        inbound_rules=[allow("22"), allow("8000-9000"), allow("0", "udp"), icmp],
        outbound_rules=[allow_out("1-65535")],
    )
    machine = machine_of(machines)
    assert machine.rules == [
        FirewallRule(protocol="tcp", ports=(22, 22), sources=ANYWHERE),
        FirewallRule(protocol="tcp", ports=(8000, 9000), sources=ANYWHERE),
        FirewallRule(protocol="udp", ports=(1, 65535), sources=ANYWHERE),
        FirewallRule(protocol="icmp", ports=None, sources=("203.0.113.9/32",)),
    ]
    assert machine.outbound == [
        OutboundRule(protocol="tcp", ports=(1, 65535), destinations=ANYWHERE)
    ]
    assert (told["status"], told["pending_changes"]) == ("succeeded", [])
    assert [rule["ports"] for rule in told["inbound_rules"]] == ["22", "8000-9000", "0", "0"]
    assert {rule["action"] for rule in told["inbound_rules"]} == {"allow"}


def test_without_outbound_rules_nothing_leaves(client: Vendor, machines: FakeMachines) -> None:
    made = create(client)
    firewall(client, droplet_ids=[made["id"]], inbound_rules=[allow("22")])
    assert machine_of(machines).outbound == []


def test_a_droplet_is_born_behind_the_firewall_of_its_tag(
    client: Vendor, machines: FakeMachines
) -> None:
    client.tags.create(body={"name": "web"})
    firewall(client, tags=["web"], inbound_rules=[allow("80")])
    made = create(client, tags=["web"])
    assert machine_of(machines).rules is not None
    mine = client.firewalls.list()["firewalls"]
    assert [each["name"] for each in mine] == ["web"]
    assert client.droplets.list_firewalls(droplet_id=made["id"])["firewalls"] == mine


def test_an_update_replaces_everything_and_a_delete_opens(
    client: Vendor, machines: FakeMachines
) -> None:
    made = create(client)
    old = firewall(client, droplet_ids=[made["id"]], inbound_rules=[allow("22")])
    body = {"name": "web", "droplet_ids": [made["id"]], "inbound_rules": [allow("80")]}
    client.firewalls.update(firewall_id=old["id"], body=body)
    machine = machine_of(machines)
    assert machine.rules is not None
    assert [rule.ports for rule in machine.rules] == [(80, 80)]
    client.firewalls.delete(firewall_id=old["id"])
    assert machine.rules is None
    assert machine.outbound is None
    assert client.firewalls.get(firewall_id=old["id"])["id"] == "not_found"


def test_droplets_tags_and_rules_are_added_and_taken_away(
    client: Vendor, machines: FakeMachines
) -> None:
    made = create(client)
    key = firewall(client, inbound_rules=[allow("22")])["id"]
    machine = machine_of(machines)
    client.firewalls.assign_droplets(firewall_id=key, body={"droplet_ids": [made["id"]]})
    client.firewalls.add_rules(firewall_id=key, body={"inbound_rules": [allow("80")]})
    assert machine.rules is not None
    assert [rule.ports for rule in machine.rules] == [(22, 22), (80, 80)]
    client.firewalls.delete_rules(firewall_id=key, body={"inbound_rules": [allow("22")]})
    assert machine.rules is not None
    assert [rule.ports for rule in machine.rules] == [(80, 80)]
    client.firewalls.delete_droplets(firewall_id=key, body={"droplet_ids": [made["id"]]})
    assert machine.rules is None


def test_droplets_may_be_named_as_sources(client: Vendor, machines: FakeMachines) -> None:
    made = create(client, ipv6=True)
    by_droplet = allow("22", droplet_ids=[made["id"]])
    firewall(client, droplet_ids=[made["id"]], inbound_rules=[by_droplet])
    machine = machine_of(machines)
    assert machine.rules is not None
    assert machine.rules[0].sources == ("203.0.113.96/32", "2001:db8:300:1::d001/128")


def test_a_deleted_droplet_leaves_its_firewall(client: Vendor) -> None:
    made = create(client)
    key = firewall(client, droplet_ids=[made["id"]], inbound_rules=[allow("22")])["id"]
    client.droplets.destroy(droplet_id=made["id"])
    assert client.firewalls.get(firewall_id=key)["firewall"]["droplet_ids"] == []


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ({}, 422, "at least one rule"),
        ({"name": "a b", "inbound_rules": [allow("22")]}, 422, "name must begin"),
        ({"inbound_rules": [allow("99999")]}, 422, "valid range for ports"),
        ({"inbound_rules": [allow("90-80")]}, 422, "valid range for ports"),
        ({"inbound_rules": [allow("")]}, 422, "valid range for ports"),
        ({"inbound_rules": [allow("22", "icmp")]}, 422, "positive value for ports"),
        ({"inbound_rules": [allow("22", "TCP")]}, 422, "valid protocol"),
        ({"inbound_rules": [allow("22", addresses=["300.1.1.1"])]}, 422, "invalid address"),
        ({"inbound_rules": [{**allow("22"), "sources": []}]}, 422, "invalid type"),
        ({"inbound_rules": [{**allow("22"), "sources": {}}]}, 422, "at least one of the sources"),
        ({"inbound_rules": [{**allow("22"), "action": "deny"}]}, 422, "does not offer"),
        ({"inbound_rules": [allow("22")], "tags": ["none"]}, 422, "tags could not be found"),
        ({"inbound_rules": [allow("22")], "droplet_ids": [1]}, 422, "droplets could not be found"),
        ({"name": "taken", "inbound_rules": [allow("22")]}, 409, "duplicate name"),
    ],
)
def test_what_cannot_be_is_refused(
    client: Vendor, body: dict[str, Any], status: int, reason: str
) -> None:
    firewall(client, name="taken", inbound_rules=[allow("22")])
    code, message = refusal(lambda: client.firewalls.create(body={"name": "web", **body}))
    assert code == status
    assert reason in message
