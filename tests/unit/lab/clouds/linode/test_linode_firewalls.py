"""Firewalls, as Linode's own client sets them and as machines get them."""

from typing import Any

import pytest

from lab.machines import FirewallRule, OutboundRule
from tests.unit.lab.clouds.hetzner.machines import FakeMachines
from tests.unit.lab.clouds.linode.conftest import (
    ANYWHERE,
    Vendor,
    accepting,
    create,
    event,
    refusal,
)


def rules_at(machines: FakeMachines) -> list[FirewallRule] | None:
    rules = next(iter(machines.all.values())).rules
    return None if rules is None else list(rules)


def opening(first: int, last: int, protocol: str = "tcp") -> FirewallRule:
    ports = None if protocol == "icmp" else (first, last)
    return FirewallRule(protocol=protocol, ports=ports, sources=("0.0.0.0/0", "::/0"))


def firewall(client: Vendor, rules: dict[str, Any], label: str = "web", **options: Any) -> Vendor:
    return client.networking.firewall_create(label, rules, **options)


def test_a_linode_born_behind_a_firewall_is_never_open(
    client: Vendor, machines: FakeMachines
) -> None:
    rules = accepting("22", "80, 443-444")
    rules["inbound"].append({"action": "ACCEPT", "protocol": "ICMP", "addresses": ANYWHERE})
    made = firewall(client, rules)
    instance = create(client, firewall=made)
    assert rules_at(machines) == [
        opening(22, 22),
        opening(80, 80),
        opening(443, 444),
        opening(0, 0, "icmp"),
    ]
    assert [each.id for each in instance.firewalls()] == [made.id]
    assert [device.entity.id for device in made.devices] == [instance.id]


def test_rules_follow_every_change(client: Vendor, machines: FakeMachines) -> None:
    made = firewall(client, accepting("22"))
    instance = create(client)
    assert rules_at(machines) is None
    device = made.device_create(instance.id)
    assert rules_at(machines) == [opening(22, 22)]
    made.update_rules(accepting("80"))
    assert rules_at(machines) == [opening(80, 80)]
    assert made.get_rules()["version"] == 2
    made.status = "disabled"
    made.save()
    assert rules_at(machines) is None
    made.status = "enabled"
    made.save()
    made.update_rules({**accepting(), "inbound_policy": "ACCEPT"})
    assert rules_at(machines) is None
    made.update_rules(accepting())
    assert rules_at(machines) == []
    device.delete()
    assert rules_at(machines) is None


def test_outbound_traffic_is_filtered_by_its_own_policy(
    client: Vendor, machines: FakeMachines
) -> None:
    out = {"action": "ACCEPT", "protocol": "TCP", "ports": "443", "addresses": ANYWHERE}
    made = firewall(client, {**accepting("22"), "outbound": [out]})
    create(client, firewall=made)
    (machine,) = machines.all.values()
    assert machine.outbound is None
    made.update_rules({**accepting("22"), "outbound": [out], "outbound_policy": "DROP"})
    everywhere = ("0.0.0.0/0", "::/0")
    assert machine.outbound == [
        OutboundRule(protocol="tcp", ports=(443, 443), destinations=everywhere)
    ]
    assert rules_at(machines) == [opening(22, 22)]


def test_a_deleted_firewall_filters_no_more(client: Vendor, machines: FakeMachines) -> None:
    made = firewall(client, accepting("22"))
    create(client, firewall=made)
    made.delete()
    assert rules_at(machines) is None
    assert list(client.networking.firewalls()) == []


def test_a_linode_is_behind_one_firewall(client: Vendor) -> None:
    one, two = firewall(client, accepting("22")), firewall(client, accepting("80"), "two")
    instance = create(client, firewall=one)
    assert "already assigned" in refusal(lambda: two.device_create(instance.id)).errors[0]
    instance.delete()
    event(client, "linode_delete")
    assert client.get(f"/networking/firewalls/{one.id}/devices")["data"] == []


def test_a_firewall_of_linode_interfaces_is_set_on_them(client: Vendor) -> None:
    made = firewall(client, accepting("22"))
    options = {"firewall": made, "interface_generation": "linode"}
    error = refusal(lambda: create(client, **options))
    assert error.json["errors"][0]["field"] == "firewall_id"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ports": "99999"}, "ports"),
        ({"ports": "90-80"}, "ports"),
        ({"ports": "1-2,3-4,5-6,7-8,9-10,11-12,13-14,15-16"}, "ports"),
        ({"protocol": "tcp"}, "protocol"),
        ({"protocol": "ICMP"}, "ports"),
        ({"action": "accept"}, "action"),
        ({"action": "DROP"}, "action"),
        ({"label": "ab"}, "label"),
        ({"addresses": {}}, "addresses"),
        ({"addresses": {"ipv4": ["1.2.3.4/8"]}}, "addresses.ipv4"),
        ({"addresses": {"ipv6": ["0.0.0.0/0"]}}, "addresses.ipv6"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(
    client: Vendor, change: dict[str, Any], field: str
) -> None:
    rules = accepting("80")
    rules["inbound"][0] |= change
    error = refusal(lambda: firewall(client, rules))
    assert error.json["errors"][0]["field"] == f"rules.inbound[0].{field}"


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"label": "ab"}, "label"),
        ({"label": "x" * 33}, "label"),
        ({"label": "taken"}, "label"),
        ({"rules": {"inbound_policy": "DROP"}}, "rules.outbound_policy"),
        ({"rules": {**accepting(), "inbound_policy": "drop"}}, "rules.inbound_policy"),
        ({"rules": accepting(*[str(port) for port in range(1, 27)])}, "rules.inbound"),
        ({"devices": {"linodes": [7]}}, "devices.linodes"),
    ],
)
def test_a_firewall_that_cannot_be_is_refused(
    client: Vendor, options: dict[str, Any], field: str
) -> None:
    firewall(client, accepting("22"), "taken")
    asked = {"label": "web", "rules": accepting("22"), **options}
    error = refusal(lambda: firewall(client, asked.pop("rules"), **asked))
    assert error.json["errors"][0]["field"] == field
    assert len(client.networking.firewalls()) == 1
