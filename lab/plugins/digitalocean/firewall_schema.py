"""The table of `digitalocean:index/firewall:Firewall`, and its rules on both sides."""

from typing import Any

from lab.plugins.digitalocean.tag_names import TAGS
from lab.plugins.framework import Integer, ListOf, Object, Property, Schema, String, Values

PROTOCOLS = ("tcp", "udp", "icmp")
ACTIONS = ("allow", "deny")
ENDS = {"inboundRules": "source", "outboundRules": "destination"}
"""Rules by direction, and what their other end is called."""


def _one_of(words: tuple[str, ...], what: str) -> Any:
    def check(word: str) -> str | None:
        return None if word in words else f"expected {what} to be one of {words}, got {word}"

    return check


def _not_empty(value: str) -> str | None:
    return None if value else "must not be empty"


def _texts() -> Property:
    return Property(ListOf(String(), ordered=False))


def _rules(end: str) -> Property:
    rule = Object(
        {
            "protocol": Property(String(), required=True, check=_one_of(PROTOCOLS, "protocol")),
            "action": Property(String(), default="allow", check=_one_of(ACTIONS, "action")),
            "portRange": Property(String(), check=_not_empty),
            f"{end}Addresses": _texts(),
            f"{end}DropletIds": Property(ListOf(Integer(), ordered=False)),
            f"{end}LoadBalancerUids": _texts(),
            f"{end}KubernetesIds": _texts(),
            f"{end}Tags": TAGS,
        }
    )
    return Property(ListOf(rule, ordered=False))


FIREWALL = Schema(
    inputs={
        "name": Property(String(), autoname=True),
        "dropletIds": Property(ListOf(Integer(), ordered=False)),
        "tags": TAGS,
        **{field: _rules(end) for field, end in ENDS.items()},
    },
    outputs=("createdAt", "pendingChanges", "status"),
)
_KINDS = {
    "Addresses": "addresses",
    "DropletIds": "droplet_ids",
    "LoadBalancerUids": "load_balancer_uids",
    "KubernetesIds": "kubernetes_ids",
    "Tags": "tags",
}


def to_api(field: str, rules: list[Values]) -> list[Values]:
    """Rules as the API takes them."""
    end = ENDS[field]
    made = []
    for rule in rules:
        targets = {kind: rule[end + name] for name, kind in _KINDS.items() if rule.get(end + name)}
        told = {"protocol": rule["protocol"], "action": rule.get("action", "allow")}
        ports = {"ports": rule["portRange"]} if rule.get("portRange") else {}
        made.append({**told, **ports, f"{end}s": targets})
    return made


def from_api(field: str, rules: list[Values]) -> list[Values]:
    """Rules as the state keeps them. The API says "0" for all ports, and for ICMP without any."""
    end = ENDS[field]
    seen = []
    for rule in rules:
        state = {"protocol": rule["protocol"], "action": rule.get("action", "allow")}
        ports = rule.get("ports", "0")
        if ports != "0" or rule["protocol"] != "icmp":
            state["portRange"] = "all" if ports == "0" else ports
        targets = rule[f"{end}s"]
        state |= {end + name: targets[kind] for name, kind in _KINDS.items() if kind in targets}
        seen.append(state)
    return seen
