"""Rules of a firewall: what the API accepts, and what they mean for a machine."""

from collections.abc import Mapping, Sequence
from ipaddress import ip_network
from typing import Any

from lab.clouds.hetzner.errors import ApiError, invalid
from lab.clouds.hetzner.store import Record
from lab.machines import FirewallRule

PROTOCOLS = ("tcp", "udp", "icmp", "gre", "esp")
WITH_PORTS = ("tcp", "udp")
ALL_PORTS = (1, 65535)
MAX_RULES = 50
_ADDRESSES = {"in": "source_ips", "out": "destination_ips"}


def rules_of(body: Mapping[str, Any]) -> list[Record]:
    """The field `rules`, checked and completed."""
    rules = body.get("rules", [])
    if not isinstance(rules, list):
        raise invalid("rules", "Not a valid list.")
    if len(rules) > MAX_RULES:
        raise invalid("rules", f"Longer than maximum length {MAX_RULES}.")
    return [_rule(rule, f"rules.{index}") for index, rule in enumerate(rules)]


def _rule(rule: Any, where: str) -> Record:
    if not isinstance(rule, dict):
        raise invalid(where, "Not a valid mapping type.")
    direction, protocol = rule.get("direction"), rule.get("protocol")
    if direction not in _ADDRESSES:
        raise invalid(f"{where}.direction", "Must be one of: in, out.")
    if protocol not in PROTOCOLS:
        raise invalid(f"{where}.protocol", f"Must be one of: {', '.join(PROTOCOLS)}.")
    port = rule.get("port")
    if protocol in WITH_PORTS:
        if _ports(port) is None:
            raise invalid(
                f"{where}.port",
                f"'{port}' is not a port from 1 to 65535, a range such as 80-85, or any.",
            )
    elif port is not None:
        raise invalid(f"{where}.port", f"Must not be set for protocol {protocol}.")
    addresses = rule.get(_ADDRESSES[direction]) or []
    if not addresses:
        raise invalid(f"{where}.{_ADDRESSES[direction]}", "Shorter than minimum length 1.")
    checked = [_network(item, f"{where}.{_ADDRESSES[direction]}") for item in addresses]
    return {
        "direction": direction,
        "protocol": protocol,
        "port": port,
        "source_ips": checked if direction == "in" else [],
        "destination_ips": checked if direction == "out" else [],
        "description": rule.get("description"),
    }


def _network(text: Any, where: str) -> str:
    try:
        return str(ip_network(text))
    except (ValueError, TypeError) as error:
        raise invalid(where, f"'{text}' is not a valid CIDR: {error}") from error


def _ports(port: Any) -> tuple[int, int] | None:
    """First and last port of "80", "80-85" or "any"; None for anything else."""
    if port == "any":
        return ALL_PORTS
    first, _, last = str(port).partition("-")
    if not first.isdigit() or (last and not last.isdigit()) or str(port).endswith("-"):
        return None
    ports = int(first), int(last or first)
    inside = ALL_PORTS[0] <= ports[0] <= ports[1] <= ALL_PORTS[1]
    return ports if inside else None


def inbound(firewalls: Sequence[Record]) -> list[FirewallRule] | None:
    """What may come in to a machine with these firewalls; None is no filter at all."""
    if not firewalls:
        return None
    return [
        FirewallRule(
            protocol=rule["protocol"],
            ports=_ports(rule["port"]) if rule["protocol"] in WITH_PORTS else None,
            sources=tuple(rule["source_ips"]),
        )
        for firewall in firewalls
        for rule in firewall["rules"]
        if rule["direction"] == "in"
    ]


def resources_of(body: Mapping[str, Any], field: str) -> list[Record]:
    """The field `apply_to` or `remove_from`: servers and label selectors, checked for form."""
    resources = body.get(field, [])
    if not isinstance(resources, list):
        raise invalid(field, "Not a valid list.")
    found: list[Record] = []
    for index, item in enumerate(resources):
        match item:
            case {"type": "server", "server": {"id": int(key)}}:
                found.append({"type": "server", "server": {"id": key}})
            case {"type": "label_selector", "label_selector": {"selector": str(text)}} if text:
                found.append({"type": "label_selector", "label_selector": {"selector": text}})
            case _:
                raise invalid(f"{field}.{index}", "Must be a server or a label selector.")
    if len({repr(item) for item in found}) != len(found):
        raise ApiError("server_already_added", "resource is given more than once")
    return found
