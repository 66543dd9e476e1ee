"""What the DNS server and the edge see of the zones: frozen, and free of the API's shapes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab.clouds.cloudflare.expressions import parse
from lab.clouds.cloudflare.record_rules import PROXIABLE
from lab.clouds.cloudflare.settings import value_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lab.clouds.cloudflare.conditions import Node
    from lab.clouds.cloudflare.state import Zone

AUTOMATIC_TTL = 300  # seconds; what a TTL of 1 means


@dataclass(frozen=True, kw_only=True)
class Record:
    """One record. `name` is the full name, `ttl` is in seconds."""

    name: str
    type: str
    content: str
    ttl: int
    proxied: bool = False
    priority: int = 0
    ipv4_only: bool = False
    ipv6_only: bool = False


@dataclass(frozen=True, kw_only=True)
class SslRule:
    """A configuration rule that sets the SSL mode of the hosts its condition holds for."""

    condition: Node
    mode: str


@dataclass(frozen=True, kw_only=True)
class PublishedZone:
    """One zone: its records, and the settings that the edge follows."""

    name: str
    records: tuple[Record, ...] = ()
    ssl: str = "full"
    always_use_https: bool = False
    websockets: bool = True
    ssl_rules: tuple[SslRule, ...] = ()

    def ssl_mode(self, hostname: str) -> str:
        """The mode for this host: the last rule that holds, else the zone's setting."""
        modes = [rule.mode for rule in self.ssl_rules if rule.condition.holds_for(hostname) is True]
        return modes[-1] if modes else self.ssl

    def proxied_names(self) -> list[str]:
        """The names that resolve to the edge, sorted."""
        return sorted({record.name for record in self.records if record.proxied})


@dataclass(frozen=True, kw_only=True)
class ZoneState:
    """All zones of the account; `origin_ca` is a root, PEM, that the edge trusts as well."""

    zones: tuple[PublishedZone, ...] = ()
    origin_ca: bytes = b""

    def zone_of(self, name: str) -> PublishedZone | None:
        """The zone that `name` is in."""
        for zone in self.zones:
            if name == zone.name or name.endswith(f".{zone.name}"):
                return zone
        return None


def publish(zones: Sequence[Zone], origin_ca: bytes = b"") -> ZoneState:
    """The state after a change."""
    return ZoneState(zones=tuple(_zone(zone) for zone in zones), origin_ca=origin_ca)


def _zone(zone: Zone) -> PublishedZone:
    return PublishedZone(
        name=zone.name,
        records=tuple(
            Record(
                name=record["name"],
                type=record["type"],
                content=record["content"],
                ttl=AUTOMATIC_TTL if record["ttl"] == 1 else record["ttl"],
                proxied=record["proxied"] and record["type"] in PROXIABLE,
                priority=int(record.get("priority") or 0),
                ipv4_only=record["settings"].get("ipv4_only", False),
                ipv6_only=record["settings"].get("ipv6_only", False),
            )
            for record in zone.records
        ),
        ssl=str(value_of(zone, "ssl")),
        always_use_https=value_of(zone, "always_use_https") == "on",
        websockets=value_of(zone, "websockets") == "on",
        ssl_rules=tuple(
            SslRule(condition=parse(rule["expression"]), mode=str(rule["action_parameters"]["ssl"]))
            for ruleset in zone.rulesets
            if ruleset["phase"] == "http_config_settings" and ruleset["kind"] == "zone"
            for rule in ruleset["rules"]
            if rule["enabled"] and rule["action_parameters"].get("ssl")
        ),
    )
