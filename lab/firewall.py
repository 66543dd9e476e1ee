"""A provider's firewall: which packets the core router lets through to a rented machine."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from ipaddress import ip_network
from typing import TYPE_CHECKING, Literal

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


@dataclass(frozen=True, kw_only=True)
class OutboundRule:
    """Lets something out: towards a closed range of `ports` (None: all) of `destinations`."""

    protocol: str
    ports: tuple[int, int] | None
    destinations: tuple[str, ...]


def ruleset(
    name: str,
    rules: Sequence[FirewallRule] | None,
    outbound: Sequence[OutboundRule] | None = None,
) -> str:
    """The nftables text that puts these rules, and no others, in front of a machine.

    None takes the firewall away; no rules let nothing in. The same goes for `outbound`, what the
    machine may open towards others. Answers always pass. Loading it is one transaction: no packet
    sees half of it.
    """
    table = f"fw-{hashlib.sha256(name.encode()).hexdigest()[:10]}"
    lines = [f"table inet {table}", f"delete table inet {table}"]  # the first makes the second safe
    chains: list[str] = []
    jumps: list[str] = []
    if rules is not None:
        accepted = [line for rule in rules for line in _accepting(rule, rule.sources, "saddr")]
        chains += _chain("inbound", accepted)
        jumps.append(f'    oifname "{interface_for(name)}" jump inbound')
    if outbound is not None:
        accepted = [line for out in outbound for line in _accepting(out, out.destinations, "daddr")]
        chains += _chain("outbound", accepted)
        jumps.append(f'    iifname "{interface_for(name)}" jump outbound')
    if not jumps:
        return "\n".join(lines) + "\n"
    return "\n".join(
        [
            *lines,
            f"table inet {table} {{",
            *chains,
            "  chain forward {",
            "    type filter hook forward priority 0; policy accept;",
            *jumps,
            "  }",
            "}",
            "",
        ]
    )


def _chain(name: str, accepted: Sequence[str]) -> list[str]:
    return [
        f"  chain {name} {{",
        "    ct state established,related accept",
        *(f"    {line}" for line in accepted),
        "    drop",
        "  }",
    ]


def _accepting(
    rule: FirewallRule | OutboundRule, ends: Sequence[str], side: Literal["saddr", "daddr"]
) -> Iterable[str]:
    for end in ends:
        network = ip_network(end)
        family, echo = ("ip", "icmp") if network.version == 4 else ("ip6", "ipv6-icmp")  # noqa: PLR2004 - IP's version
        protocol = echo if rule.protocol == "icmp" else rule.protocol
        match = f"meta nfproto ipv{network.version}"
        if network.prefixlen:
            match += f" {family} {side} {network}"
        if rule.protocol in WITH_PORTS and rule.ports is not None:
            first, last = rule.ports
            yield f"{match} {protocol} dport {first}-{last} accept"
        else:
            yield f"{match} meta l4proto {protocol} accept"
