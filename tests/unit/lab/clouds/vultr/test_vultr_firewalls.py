"""Firewall groups: as documented, and as machines get them."""

from typing import Any

import pytest

from lab.machines import FirewallRule
from tests.unit.lab.clouds.hetzner.machines import FakeMachines
from tests.unit.lab.clouds.vultr.conftest import Vultr, only
from tests.unit.lab.clouds.vultr.schema import FIREWALL_GROUP, FIREWALL_RULE, expect

SSH: dict[str, Any] = {
    "ip_type": "v4",
    "protocol": "tcp",
    "subnet": "0.0.0.0",
    "subnet_size": 0,
    "port": "22",
}


def group(vultr: Vultr) -> str:
    return str(vultr.post("/firewalls", description="web")["firewall_group"]["id"])


def test_an_instance_behind_a_group_without_rules_is_closed(
    vultr: Vultr, machines: FakeMachines
) -> None:
    vultr.instance(firewall_group_id=group(vultr))
    assert only(machines).rules == []


def test_every_rule_opens_its_one_subnet(vultr: Vultr, machines: FakeMachines) -> None:
    key = group(vultr)
    vultr.instance(firewall_group_id=key)
    rule = vultr.post(f"/firewalls/{key}/rules", **SSH, notes="ssh")["firewall_rule"]
    expect(rule, FIREWALL_RULE)
    six: dict[str, Any] = {
        "ip_type": "v6",
        "subnet": "2001:db8:c::1",
        "subnet_size": 48,
        "port": "8000:9000",
    }
    assert vultr.post(f"/firewalls/{key}/rules", **{**SSH, **six})["firewall_rule"]["subnet"] == (
        "2001:db8:c::"
    )
    vultr.post(f"/firewalls/{key}/rules", **{**SSH, "protocol": "icmp", "port": ""})
    assert only(machines).rules == [
        FirewallRule(protocol="tcp", ports=(22, 22), sources=("0.0.0.0/0",)),
        FirewallRule(protocol="tcp", ports=(8000, 9000), sources=("2001:db8:c::/48",)),
        FirewallRule(protocol="icmp", ports=None, sources=("0.0.0.0/0",)),
    ]
    assert vultr.ask(f"DELETE /firewalls/{key}/rules/{rule['id']}").status_code == 204
    left = only(machines).rules
    assert left is not None
    assert len(left) == 2
    gone = vultr.refusal(f"GET /firewalls/{key}/rules/{rule['id']}")
    assert gone == (404, "Firewall rule ID not found")


def test_the_source_cloudflare_means_its_ranges_of_that_family(
    vultr: Vultr, machines: FakeMachines
) -> None:
    key = group(vultr)
    vultr.instance(firewall_group_id=key)
    for ip_type in ("v4", "v6"):
        web: dict[str, Any] = {
            "ip_type": ip_type,
            "protocol": "tcp",
            "port": "80",
            "source": "cloudflare",
        }
        vultr.post(f"/firewalls/{key}/rules", **web)
    rules = only(machines).rules
    assert rules is not None
    assert [rule.sources for rule in rules] == [("198.51.100.0/26",), ("2001:db8:ed6e::/48",)]


def test_a_group_tells_what_it_has_and_is_linked_and_unlinked(
    vultr: Vultr, machines: FakeMachines
) -> None:
    key = group(vultr)
    vultr.post(f"/firewalls/{key}/rules", **SSH)
    instance = vultr.instance()["id"]
    assert only(machines).rules is None
    vultr.ask(f"PATCH /instances/{instance}", firewall_group_id=key)
    shown = vultr.get(f"/firewalls/{key}")["firewall_group"]
    expect(shown, FIREWALL_GROUP)
    assert (shown["instance_count"], shown["rule_count"]) == (1, 1)
    rules = only(machines).rules
    assert rules is not None
    assert len(rules) == 1
    assert vultr.ask(f"PUT /firewalls/{key}", description="new").status_code == 204
    assert vultr.get("/firewalls")["firewall_groups"][0]["description"] == "new"
    assert vultr.ask(f"DELETE /firewalls/{key}").status_code == 204
    assert only(machines).rules is None
    assert vultr.get(f"/instances/{instance}")["instance"]["firewall_group_id"] == ""


@pytest.mark.parametrize(
    "change",
    [
        {"ip_type": "ipv4"},
        {"protocol": "sctp"},
        {"port": "99999"},
        {"port": ""},
        {"port": "80-90"},
        {"protocol": "icmp"},
        {"subnet": "0.0.0.0/0"},
        {"subnet": "::"},
        {"subnet": ""},
        {"subnet_size": 33},
        {"subnet_size": None},
        {"source": "google"},
    ],
)
def test_a_rule_that_means_nothing_is_refused(vultr: Vultr, change: dict[str, Any]) -> None:
    key = group(vultr)
    assert vultr.refusal(f"POST /firewalls/{key}/rules", **{**SSH, **change})[0] == 400


def test_the_same_rule_twice_and_too_many_rules_are_refused(vultr: Vultr) -> None:
    key = group(vultr)
    vultr.post(f"/firewalls/{key}/rules", **SSH)
    assert vultr.refusal(f"POST /firewalls/{key}/rules", **SSH)[0] == 400
    for port in range(1000, 1049):
        vultr.post(f"/firewalls/{key}/rules", **{**SSH, "port": str(port)})
    status, words = vultr.refusal(f"POST /firewalls/{key}/rules", **{**SSH, "port": "2000"})
    assert (status, "maximum" in words) == (400, True)
