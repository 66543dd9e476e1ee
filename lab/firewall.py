"""A provider's firewall: which packets the core router lets through to a rented machine."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from ipaddress import ip_network
from typing import TYPE_CHECKING

from lab.net import interface_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WITH_PORTS = frozenset({"tcp", "udp"})


@dataclass(frozen=True, kw_only=True)
class FirewallRule:
    """Lets something in: a closed range of `ports` (None: all) from `sources`, CIDRs v4 and v6."""

    protocol: str
    ports: tuple[int, int] | None
    sources: tuple[str, ...]


def ruleset(name: str, rules: Sequence[FirewallRule] | None) -> str:
    """The nftables text that puts these rules, and no others, in front of a machine.

    None takes the firewall away; no rules let nothing in. What belongs to a connection that the
    machine opened always passes. Loading it is one transaction: no packet sees half of it.
    """
    table = f"fw-{hashlib.sha256(name.encode()).hexdigest()[:10]}"
    lines = [f"table inet {table}", f"delete table inet {table}"]  # the first makes the second safe
    if rules is None:
        return "\n".join(lines) + "\n"
    accepted = [line for rule in rules for line in _accepting(rule)]
    return "\n".join(
        [
            *lines,
            f"table inet {table} {{",
            "  chain inbound {",
            "    ct state established,related accept",
            *(f"    {line}" for line in accepted),
            "    drop",
            "  }",
            "  chain forward {",
            "    type filter hook forward priority 0; policy accept;",
            f'    oifname "{interface_for(name)}" jump inbound',
            "  }",
            "}",
            "",
        ]
    )


def _accepting(rule: FirewallRule) -> Iterable[str]:
    for source in rule.sources:
        network = ip_network(source)
        family, echo = ("ip", "icmp") if network.version == 4 else ("ip6", "ipv6-icmp")  # noqa: PLR2004 - IP's version
        protocol = echo if rule.protocol == "icmp" else rule.protocol
        match = f"meta nfproto ipv{network.version}"
        if network.prefixlen:
            match += f" {family} saddr {network}"
        if rule.protocol in WITH_PORTS and rule.ports is not None:
            first, last = rule.ports
            yield f"{match} {protocol} dport {first}-{last} accept"
        else:
            yield f"{match} meta l4proto {protocol} accept"
