"""Rules of a firewall: what the API accepts."""

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from lab.clouds.linode.errors import invalid, unsupported
from lab.clouds.linode.firewall_traffic import MAX_PIECES, PROTOCOLS, WITH_PORTS, ports_of
from lab.clouds.linode.store import Record
from lab.clouds.linode.validation import text

ACTIONS = ("ACCEPT", "DROP")
MAX_RULES = 25
MAX_ADDRESSES = 255
LABELS = range(3, 33)
_FAMILIES = {"ipv4": IPv4Network, "ipv6": IPv6Network}


def rules_of(body: Mapping[str, Any], *, prefix: str = "") -> Record:
    """A rule set, checked and completed; `prefix` is put before the names of its fields."""
    found: Record = {}
    for direction in ("inbound", "outbound"):
        field = f"{prefix}{direction}_policy"
        policy = body.get(f"{direction}_policy")
        if policy not in ACTIONS:
            raise invalid(field, "Must be one of ACCEPT, DROP")
        rules = body.get(direction) or []
        if not isinstance(rules, list):
            raise invalid(f"{prefix}{direction}", "Must be a list")
        found[f"{direction}_policy"] = policy
        found[direction] = [
            _rule(rule, f"{prefix}{direction}[{index}]") for index, rule in enumerate(rules)
        ]
    if len(found["inbound"]) + len(found["outbound"]) > MAX_RULES:
        raise invalid(f"{prefix}inbound", f"A Firewall may have at most {MAX_RULES} rules")
    return found


def _rule(rule: Any, where: str) -> Record:
    if not isinstance(rule, dict):
        raise invalid(where, "Must be an object")
    given = {key: value for key, value in rule.items() if value is not None}
    if given.get("action") not in ACTIONS:
        raise invalid(f"{where}.action", "Must be one of ACCEPT, DROP")
    if given["action"] == "DROP":
        # The lab's filter has no order: it lets through what is named, and drops the rest.
        raise unsupported(f"{where}.action", "rules that drop; use the policy DROP")
    protocol = given.get("protocol")
    if protocol not in PROTOCOLS:
        raise invalid(f"{where}.protocol", f"Must be one of {', '.join(PROTOCOLS)}")
    label, ports = text(given, "label"), text(given, "ports")
    if label and len(label) not in LABELS:
        raise invalid(f"{where}.label", "Label must be 3-32 characters")
    if ports and protocol not in WITH_PORTS:
        raise invalid(f"{where}.ports", f"Ports are not allowed for {protocol} protocol")
    if ports and ports_of(ports) is None:
        raise invalid(
            f"{where}.ports",
            f"Ports must be 1-65535, ranges such as 80-90, or a list of at most {MAX_PIECES}",
        )
    return {
        "action": given["action"],
        "addresses": _addresses(given, where),
        "description": text(given, "description"),
        "label": label,
        "ports": ports or None,
        "protocol": protocol,
    }


def _addresses(rule: Mapping[str, Any], where: str) -> dict[str, list[str]]:
    addresses = rule.get("addresses", {})
    if not isinstance(addresses, dict):
        raise invalid(f"{where}.addresses", "Must be an object")
    found: dict[str, list[str]] = {}
    for family, network in _FAMILIES.items():
        given = addresses.get(family)
        if given is None:
            continue
        field = f"{where}.addresses.{family}"
        if not isinstance(given, list) or len(given) > MAX_ADDRESSES:
            raise invalid(field, f"Must be a list of at most {MAX_ADDRESSES}")
        for address in given:
            try:
                network(address)
            except ValueError as error:
                raise invalid(field, f"Must be a valid {family} address or network") from error
        found[family] = given
    if not any(found.values()):
        raise invalid(f"{where}.addresses", "Must contain at least one ipv4 or ipv6 address")
    return found
