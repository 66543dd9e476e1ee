"""Rules of a firewall: what the API accepts, and what they mean for a machine."""

import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from typing import Any

from lab.clouds.digitalocean.account import Account
from lab.clouds.digitalocean.addresses import address4, address6
from lab.clouds.digitalocean.errors import unprocessable, unsupported
from lab.clouds.digitalocean.store import Record
from lab.clouds.digitalocean.validation import items, tag_name
from lab.machines import FirewallRule, OutboundRule

PROTOCOLS = ("tcp", "udp", "icmp")
ALL_PORTS = (1, 65535)
MAX_RULES = 50
ENDS = {"inbound_rules": "sources", "outbound_rules": "destinations"}
_PORTS = re.compile(r"(\d+)(?:-(\d+))?")
_TARGETS = ("addresses", "tags", "droplet_ids", "load_balancer_uids", "kubernetes_ids")


def rules_of(body: Mapping[str, Any]) -> dict[str, list[Record]]:
    """The fields `inbound_rules` and `outbound_rules`, checked and completed."""
    rules = {
        field: [_rule(rule, end) for rule in items(body, field)] for field, end in ENDS.items()
    }
    if sum(map(len, rules.values())) > MAX_RULES:
        raise unprocessable(f"a firewall can have at most {MAX_RULES} rules")
    return rules


def _rule(rule: Any, end: str) -> Record:
    if not isinstance(rule, dict):
        raise unprocessable("You specified an invalid rule.")
    protocol = rule.get("protocol")
    if protocol not in PROTOCOLS:
        raise unprocessable("You must specify a valid protocol: tcp, udp or icmp.")
    action = rule.get("action") or "allow"
    if action == "deny":
        raise unsupported("firewall rules that deny")
    if action != "allow":
        raise unprocessable("You must specify a valid action: allow or deny.")
    ports = rule.get("ports") or ""
    if protocol == "icmp":
        if ports not in ("", "0"):
            raise unprocessable("You must specify a positive value for ports.")
        ports = "0"
    elif ports_of(ports) is None:
        raise unprocessable("You must specify a valid range for ports.")
    return {
        "protocol": protocol,
        "ports": "0" if ports == "all" else ports,
        "action": action,
        end: _targets(rule.get(end), end),
    }


def _targets(given: Any, end: str) -> Record:
    if not isinstance(given, dict):
        raise unprocessable(f"You specified an invalid type for one of the {end}.")
    targets = {key: given[key] for key in _TARGETS if given.get(key)}
    if not targets:
        raise unprocessable(f"You must specify at least one of the {end} of each rule.")
    for address in items(targets, "addresses"):
        try:
            ip_network(address, strict=False)
        except ValueError as error:
            raise unprocessable("invalid address") from error
    for tag in items(targets, "tags"):
        tag_name(tag)
    return targets


def ports_of(ports: Any) -> tuple[int, int] | None:
    """First and last port of "80", "80-85", "0" or "all"; None for anything else."""
    if ports in ("0", "all"):
        return ALL_PORTS
    found = _PORTS.fullmatch(ports) if isinstance(ports, str) else None
    if found is None:
        return None
    first, last = int(found[1]), int(found[2] or found[1])
    return (first, last) if ALL_PORTS[0] <= first <= last <= ALL_PORTS[1] else None


def inbound(account: Account, firewalls: Sequence[Record]) -> list[FirewallRule] | None:
    """What may come in to a machine with these firewalls; None is no filter at all."""
    if not firewalls:
        return None
    return [
        FirewallRule(
            protocol=rule["protocol"],
            ports=_numbers(rule),
            sources=_networks(account, rule["sources"]),
        )
        for firewall in firewalls
        for rule in firewall["inbound_rules"]
    ]


def outbound(account: Account, firewalls: Sequence[Record]) -> list[OutboundRule] | None:
    """What it may open towards others: without a rule, nothing. None is no filter at all."""
    if not firewalls:
        return None
    return [
        OutboundRule(
            protocol=rule["protocol"],
            ports=_numbers(rule),
            destinations=_networks(account, rule["destinations"]),
        )
        for firewall in firewalls
        for rule in firewall["outbound_rules"]
    ]


def _numbers(rule: Record) -> tuple[int, int] | None:
    return None if rule["protocol"] == "icmp" else ports_of(rule["ports"])


def _networks(account: Account, targets: Record) -> tuple[str, ...]:
    """The addresses of a rule's other end, droplets and tags among them."""
    networks = [str(ip_network(text, strict=False)) for text in targets.get("addresses", [])]
    droplets = [
        droplet
        for droplet in account.store.table("droplets").values()
        if droplet["id"] in targets.get("droplet_ids", [])
        or any(droplet in account.tagged(tag) for tag in targets.get("tags", []))
    ]
    for droplet in droplets:
        networks += [f"{address4(droplet)}/32", f"{address6(droplet)}/128"]
    return tuple(networks)
