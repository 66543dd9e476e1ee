"""Names of wires, and what a provider's firewall becomes."""

from ipaddress import ip_address

import pytest

from lab import net, world
from lab.firewall import FirewallRule, OutboundRule, ruleset


def test_an_interface_is_called_like_its_host() -> None:
    assert net.interface_for("hetzner-1001") == "hetzner-1001"


def test_long_host_names_get_interfaces_that_linux_accepts_and_that_differ() -> None:
    names = [f"a-provider-with-a-long-name-{number}" for number in range(50)]
    interfaces = {net.interface_for(name) for name in names}
    assert len(interfaces) == len(names)
    assert all(len(name) <= 15 for name in interfaces)


def test_the_wsl_host_hangs_on_the_home_router_and_all_others_on_the_core() -> None:
    routers = {place.name: net.attachment(place).router for place in world.FIXED}
    assert routers == {"infra": "core", "edge": "core", "client": "core", "wsl": "home"}


def test_every_address_is_of_a_documentation_range() -> None:
    # RFC 5737; Python calls these and other special ranges private.
    ranges = ("192.0.2.", "198.51.100.", "203.0.113.")
    for place in (*world.FIXED, world.HOME_VPS, world.OTHER_HOME_VPS):
        assert str(place.address).startswith(ranges)
        assert place.address6 is None or str(place.address6).startswith("2001:db8:")
    assert str(world.HOME_ADDRESS).startswith(ranges)


def test_a_firewall_lets_in_what_it_names_and_drops_the_rest() -> None:
    rule = FirewallRule(protocol="tcp", ports=(80, 85), sources=("203.0.113.0/24", "::/0"))
    lines = [line.strip() for line in ruleset("hetzner-1001", [rule]).splitlines()]
    assert "meta nfproto ipv4 ip saddr 203.0.113.0/24 tcp dport 80-85 accept" in lines
    assert "meta nfproto ipv6 tcp dport 80-85 accept" in lines
    inbound = lines[lines.index("chain inbound {") : lines.index("chain forward {")]
    assert inbound[1] == "ct state established,related accept"
    assert inbound[-2:] == ["drop", "}"]
    assert 'oifname "hetzner-1001" jump inbound' in lines


def test_icmp_is_the_protocol_of_its_family() -> None:
    rule = FirewallRule(protocol="icmp", ports=None, sources=("0.0.0.0/0", "::/0"))
    text = ruleset("m", [rule])
    assert "meta nfproto ipv4 meta l4proto icmp accept" in text
    assert "meta nfproto ipv6 meta l4proto ipv6-icmp accept" in text


def test_no_rules_let_nothing_in_and_no_firewall_everything() -> None:
    assert "drop" in ruleset("m", [])
    assert "dport" not in ruleset("m", [])
    assert "chain" not in ruleset("m", None)


def test_a_firewalls_source_must_be_a_network() -> None:
    rule = FirewallRule(protocol="tcp", ports=None, sources=("1.2.3.4/8",))
    with pytest.raises(ValueError, match="host bits"):
        ruleset("m", [rule])


def test_no_two_hosts_share_an_address() -> None:
    places = (*world.FIXED, world.HOME_VPS, world.OTHER_HOME_VPS)
    taken = [place.address for place in places] + [world.HOME_ADDRESS, world.CORE_ADDRESS]
    assert len(set(taken)) == len(taken)
    assert ip_address(world.RESOLVER) in taken


def test_outbound_rules_let_out_what_they_name_and_inbound_ones_are_untouched() -> None:
    rule = OutboundRule(protocol="udp", ports=(53, 53), destinations=("192.0.2.53/32",))
    lines = [line.strip() for line in ruleset("digitalocean-1", None, [rule]).splitlines()]
    assert "meta nfproto ipv4 ip daddr 192.0.2.53/32 udp dport 53-53 accept" in lines
    assert any(line.startswith("iifname ") for line in lines)
    assert not any(line.startswith("oifname ") for line in lines)
