"""What the firewalls of a Linode mean for its machine."""

import asyncio
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

from lab.clouds.linode.account import Account, machine_name
from lab.clouds.linode.store import Record
from lab.machines import FirewallRule, OutboundRule

ALL_PORTS = (1, 65535)
PROTOCOLS = {"TCP": "tcp", "UDP": "udp", "ICMP": "icmp", "IPENCAP": "4"}
WITH_PORTS = ("TCP", "UDP")
MAX_PIECES = 15

Way = tuple[str, tuple[int, int] | None, tuple[str, ...]]
"""A protocol as the lab calls it, the ports (None: all), the networks at the other end."""


def firewalls_of(account: Account, instance: Record) -> list[Record]:
    """The firewalls that a Linode is assigned to, enabled or not."""
    return [
        firewall
        for firewall in account.store.table("firewalls").values()
        if any(device["linode"] == instance["id"] for device in firewall["devices"])
    ]


async def filter_traffic(account: Account, instance: Record) -> None:
    """Make the machine's filter what the Linode's firewall says."""
    if not instance["born"]:
        return
    firewalls = [each for each in firewalls_of(account, instance) if each["status"] == "enabled"]
    ways_in, ways_out = openings(firewalls, "inbound"), openings(firewalls, "outbound")
    rules = outbound = None
    if ways_in is not None:
        rules = [FirewallRule(protocol=way[0], ports=way[1], sources=way[2]) for way in ways_in]
    if ways_out is not None:
        outbound = [
            OutboundRule(protocol=way[0], ports=way[1], destinations=way[2]) for way in ways_out
        ]
    name = machine_name(instance)
    await asyncio.to_thread(account.machines.set_firewall, name, rules, outbound=outbound)


def openings(firewalls: list[Record], direction: str) -> list[Way] | None:
    """What may pass in a direction ("inbound", "outbound"); None is everything.

    Rules have an order at Linode and the lab's filter has none: `rules_of` refuses those that drop.
    """
    if not firewalls or any(f["rules"][f"{direction}_policy"] == "ACCEPT" for f in firewalls):
        return None
    return [way for each in firewalls for rule in each["rules"][direction] for way in _ways(rule)]


def _ways(rule: Mapping[str, Any]) -> list[Way]:
    addresses = rule["addresses"]
    ends = (*addresses.get("ipv4", ()), *addresses.get("ipv6", ()))
    pieces: list[tuple[int, int] | None] = [None]
    if rule["protocol"] in WITH_PORTS:
        pieces = [*(ports_of(rule["ports"]) or [])] if rule["ports"] else [ALL_PORTS]
    protocol, networks = PROTOCOLS[rule["protocol"]], tuple(str(ip_network(end)) for end in ends)
    return [(protocol, piece, networks) for piece in pieces]


def ports_of(text: str) -> list[tuple[int, int]] | None:
    """The ranges in "22, 80-90"; None where it is none of that or has too many pieces."""
    found = []
    for piece in text.split(","):
        first, _, last = piece.strip().partition("-")
        if not first.isdigit() or (last and not last.isdigit()) or piece.strip().endswith("-"):
            return None
        low, high = int(first), int(last or first)
        if not ALL_PORTS[0] <= low <= high <= ALL_PORTS[1]:
            return None
        found.append((low, high))
    return found if sum(1 + (low != high) for low, high in found) <= MAX_PIECES else None
