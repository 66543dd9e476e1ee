"""The tables of `hcloud:index/firewall:Firewall` and its attachment."""

from ipaddress import ip_interface
from typing import Any

from lab.plugins.framework import Integer, ListOf, MapOf, Object, Property, Schema, String
from lab.plugins.hcloud.labels import check_labels

DIRECTIONS = ("in", "out")
PROTOCOLS = ("icmp", "tcp", "udp", "esp", "gre")
ADDRESSES = ("sourceIps", "destinationIps")


def _one_of(words: tuple[str, ...], what: str) -> Any:
    def check(word: str) -> str | None:
        return None if word in words else f"{word} is not a valid {what}"

    return check


def check_addresses(addresses: list[str]) -> str | None:
    """Why the CIDRs are refused, if they are; a bare address stands for itself alone."""
    for text in addresses:
        try:
            interface = ip_interface(text)
        except ValueError:
            return f"invalid CIDR address: {text}"
        if interface.ip != interface.network.network_address:
            return f"{interface} is not the start of the cidr block {interface.network}"
    return None


def normal_rules(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rules with their addresses as the API writes them."""
    return [
        {
            key: [str(ip_interface(text)) for text in value] if key in ADDRESSES else value
            for key, value in rule.items()
        }
        for rule in rules
    ]


RULE = Object(
    {
        "direction": Property(String(), required=True, check=_one_of(DIRECTIONS, "direction")),
        "protocol": Property(String(), required=True, check=_one_of(PROTOCOLS, "protocol")),
        "port": Property(String()),
        "sourceIps": Property(ListOf(String(), ordered=False), check=check_addresses),
        "destinationIps": Property(ListOf(String(), ordered=False), check=check_addresses),
        "description": Property(String()),
    }
)
APPLY_TO = Object({"labelSelector": Property(String()), "server": Property(Integer())})
FIREWALL = Schema(
    inputs={
        "name": Property(String(), autoname=True),
        "labels": Property(MapOf(String()), computed=True, check=check_labels),
        "applyTos": Property(ListOf(APPLY_TO, ordered=False), computed=True),
        "rules": Property(ListOf(RULE, ordered=False), stored=normal_rules),
    }
)
ATTACHMENT = Schema(
    inputs={
        "firewallId": Property(Integer(), required=True, replaces=True),
        "serverIds": Property(ListOf(Integer(), ordered=False)),
        "labelSelectors": Property(ListOf(String(), ordered=False)),
    }
)
