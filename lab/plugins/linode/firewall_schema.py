"""The table of `linode:index/firewall:Firewall`."""

from ipaddress import ip_interface
from typing import Any

from lab.plugins.framework import Boolean, Integer, ListOf, Object, Property, Schema, String

POLICIES = ("ACCEPT", "DROP")
PROTOCOLS = ("TCP", "UDP", "ICMP", "IPENCAP")
LABEL = range(3, 33)
RULES = {"inbounds": "inbound", "outbounds": "outbound"}
DEVICES = {"linodes": "linode", "nodebalancers": "nodebalancer", "interfaces": "linode_interface"}


def _one_of(words: tuple[str, ...]) -> Any:
    def check(word: str) -> str | None:
        named = ", ".join(f'"{each}"' for each in words)
        return None if word in words else f'value must be one of: [{named}], got: "{word}"'

    return check


def _check_label(label: str) -> str | None:
    if len(label) in LABEL:
        return None
    return f"string length must be between 3 and 32, got: {len(label)}"


def _prefixes(version: int) -> Any:
    def check(prefixes: list[str]) -> str | None:
        for text in prefixes:
            try:
                fits = ip_interface(text).version == version and "/" in text
            except ValueError:
                fits = False
            if not fits:
                return f"A string value was provided that is not valid IPv{version} CIDR: {text}"
        return None

    return check


RULE = Object(
    {
        "label": Property(String(), required=True, check=_check_label),
        "action": Property(String(), required=True, check=_one_of(POLICIES)),
        "protocol": Property(String(), required=True, check=_one_of(PROTOCOLS)),
        "ports": Property(String()),
        "ipv4s": Property(ListOf(String()), check=_prefixes(4)),
        "ipv6s": Property(ListOf(String()), check=_prefixes(6)),
        "description": Property(String()),
    }
)
FIREWALL = Schema(
    inputs={
        "label": Property(String(), required=True, check=_check_label),
        "inboundPolicy": Property(String(), required=True, check=_one_of(POLICIES)),
        "outboundPolicy": Property(String(), required=True, check=_one_of(POLICIES)),
        "inbounds": Property(ListOf(RULE)),
        "outbounds": Property(ListOf(RULE)),
        "disabled": Property(Boolean(), default=False),
        "tags": Property(ListOf(String(), ordered=False), default=[]),
        **{name: Property(ListOf(Integer(), ordered=False), default=[]) for name in DEVICES},
    },
    outputs=("created", "devices", "fingerprint", "status", "updated", "version"),
    volatile=("devices", "fingerprint", "status", "updated", "version"),
    strict=False,
)
