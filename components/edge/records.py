"""The DNS records that the public names need."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.modes import MODES
from components.naming import StackName
from settings import EdgeSettings, Service

AUTOMATIC_TTL = 1
"""What Cloudflare takes for its own records alone: those of proxied names."""
DIRECT_TTL = 60
"""Seconds; the least that every plan takes. So a moved VPS is found within a minute."""
ADDRESS_TYPES = frozenset({"A", "AAAA", "CNAME"})
LONGEST_COMMENT = 100
"""Letters that Cloudflare takes on its Free plan."""


@dataclass(frozen=True, kw_only=True)
class WantedRecord:
    """One address record.

    Attributes:
        ttl: Seconds, or AUTOMATIC_TTL.
        proxied: Whether visitors are sent to Cloudflare and not to `content`.
    """

    name: str
    type: str
    content: pulumi.Input[str]
    proxied: bool
    ttl: int


def wanted_records(
    edge: EdgeSettings,
    services: Sequence[Service],
    address: pulumi.Input[str],
    address6: pulumi.Input[str] | None,
) -> list[WantedRecord]:
    """The records of all services, in their order, IPv4 before IPv6."""
    proxied = MODES[edge.mode].proxied
    addresses = {"A": address} if address6 is None else {"A": address, "AAAA": address6}
    return [
        WantedRecord(
            name=service.hostname,
            type=record_type,
            content=content,
            proxied=proxied,
            ttl=AUTOMATIC_TTL if proxied else DIRECT_TTL,
        )
        for service in services
        for record_type, content in addresses.items()
    ]


def record_comment(stack: StackName) -> str:
    """What marks a DNS record as this stack's."""
    comment = f"vps-reverse-proxy {stack.owner}"
    if len(comment) <= LONGEST_COMMENT:
        return comment
    return f"{comment[: LONGEST_COMMENT - 9]} {hashlib.sha256(comment.encode()).hexdigest()[:8]}"
