"""Firewalls, as Hetzner's own client sets them and as machines get them."""

from typing import Any

import pytest
from hcloud import APIException
from hcloud.firewalls import Firewall, FirewallResource, FirewallResourceLabelSelector, FirewallRule

from lab.machines import FirewallRule as Inbound
from tests.unit.lab.clouds.hetzner.conftest import Vendor
from tests.unit.lab.clouds.hetzner.machines import FakeMachines
from tests.unit.lab.clouds.hetzner.test_servers import create, refusal

ANYWHERE = ["0.0.0.0/0", "::/0"]


def allow(port: str | None, protocol: str = "tcp", source: list[str] | None = None) -> FirewallRule:
    return FirewallRule("in", protocol, ANYWHERE if source is None else source, port=port)


def rules_at(machines: FakeMachines) -> list[Inbound] | None:
    rules = next(iter(machines.all.values())).rules
    return None if rules is None else list(rules)


def inbound(first: int, last: int) -> Inbound:
    return Inbound(protocol="tcp", ports=(first, last), sources=("0.0.0.0/0", "::/0"))


def test_a_server_born_behind_a_firewall_is_filtered_by_it(
    client: Vendor, machines: FakeMachines
) -> None:
    rules = [allow("22"), allow("80-443"), allow("any"), allow(None, "icmp")]
    firewall = client.firewalls.create("web", rules=rules).firewall
    server = create(client, firewalls=[Firewall(id=firewall.id)])
    assert [f.firewall.id for f in server.public_net.firewalls] == [firewall.id]
    assert rules_at(machines) == [
        inbound(22, 22),
        inbound(80, 443),
        inbound(1, 65535),
        Inbound(protocol="icmp", ports=None, sources=("0.0.0.0/0", "::/0")),
    ]


def test_rules_of_all_firewalls_add_up_and_follow_every_change(
    client: Vendor, machines: FakeMachines
) -> None:
    one = client.firewalls.create("one", rules=[allow("22")]).firewall
    two = client.firewalls.create("two", rules=[allow("80")]).firewall
    server = create(client)
    this = [FirewallResource(type="server", server=server)]
    for firewall in (one, two):
        for action in firewall.apply_to_resources(this):
            action.wait_until_finished()
    assert rules_at(machines) == [inbound(22, 22), inbound(80, 80)]
    for action in one.set_rules([]):
        action.wait_until_finished()
    assert rules_at(machines) == [inbound(80, 80)]
    for firewall in (one, two):
        for action in firewall.remove_from_resources(this):
            action.wait_until_finished()
    assert rules_at(machines) is None


def test_a_firewall_without_rules_lets_nothing_in(client: Vendor, machines: FakeMachines) -> None:
    firewall = client.firewalls.create("shut").firewall
    create(client, firewalls=[Firewall(id=firewall.id)])
    assert rules_at(machines) == []


def test_a_label_selector_covers_servers_as_their_labels_change(
    client: Vendor, machines: FakeMachines
) -> None:
    by_label = FirewallResource(
        type="label_selector", label_selector=FirewallResourceLabelSelector("role=web")
    )
    client.firewalls.create("web", rules=[allow("80")], resources=[by_label])
    server = create(client)
    assert rules_at(machines) is None
    server.update(labels={"role": "web"})
    assert rules_at(machines) == [inbound(80, 80)]
    applied = client.firewalls.get_by_name("web").applied_to
    assert [r.server.id for r in applied[0].applied_to_resources] == [server.id]


@pytest.mark.parametrize(
    "rule",
    [
        allow("99999"),
        allow("0"),
        allow("90-80"),
        allow("80-"),
        allow(None),
        allow("80", "icmp"),
        allow("80", "TCP"),
        allow("80", source=["1.2.3.4/8"]),
        allow("80", source=[]),
        FirewallRule("IN", "tcp", ANYWHERE, port="80"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(client: Vendor, rule: FirewallRule) -> None:
    error = refusal(lambda: client.firewalls.create("web", rules=[rule]))
    assert error.code == "invalid_input"
    assert error.details["fields"][0]["name"].startswith("rules.0.")


def test_a_firewall_in_use_is_not_deleted(client: Vendor) -> None:
    firewall = client.firewalls.create("web").firewall
    server = create(client, firewalls=[Firewall(id=firewall.id)])
    assert refusal(firewall.delete).code == "resource_in_use"
    server.delete().wait_until_finished()
    firewall.delete()
    assert client.firewalls.get_all() == []


def test_names_and_resources_are_checked(client: Vendor) -> None:
    firewall = client.firewalls.create("web", labels={"a": "b"}).firewall
    assert refusal(lambda: client.firewalls.create("web")).code == "uniqueness_error"
    assert firewall.update(name="new").name == "new"
    server = create(client)
    this: list[Any] = [FirewallResource(type="server", server=server)]
    gone: list[Any] = [FirewallResource(type="server", server=type(server.data_model)(id=1))]
    assert refusal(lambda: firewall.apply_to_resources(gone)).code == "firewall_resource_not_found"
    assert (
        refusal(lambda: firewall.remove_from_resources(this)).code == "firewall_resource_not_found"
    )
    firewall.apply_to_resources(this)
    with pytest.raises(APIException, match="firewall_already_applied"):
        firewall.apply_to_resources(this)
