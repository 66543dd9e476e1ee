"""What is known of a name: records of the zones, addresses of the fixed names, or that it is not.

Proxied records stand for the edge's addresses, of both families unless the record says one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lab.clouds.cloudflare.published import PublishedZone, Record, ZoneState

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME_SERVERS = ("ada.ns.cloudflare.com", "bob.ns.cloudflare.com")
STATIC_TTL = 60  # seconds
ZONE_TTL = 86400  # seconds, of a zone's own NS records
LONGEST_CHAIN = 8  # CNAMEs followed


@dataclass(frozen=True)
class Addresses:
    """IPv4 and IPv6 addresses of one name."""

    ipv4: tuple[str, ...] = ()
    ipv6: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a question finds: the records to give, and whether the (last) name exists at all."""

    records: tuple[Record, ...]
    exists: bool
    zone: PublishedZone | None


class Names:
    """Every name of the lab's internet. `update` takes effect with the next question.

    `static` are fixed names and their addresses, `edge` those of the edge.
    """

    def __init__(self, *, static: Mapping[str, Addresses], edge: Addresses) -> None:
        self._static = {name.lower(): addresses for name, addresses in static.items()}
        self._edge = edge
        self._state = ZoneState()

    def update(self, state: ZoneState) -> None:
        """Serve this state from now on; safe from any thread."""
        self._state = state

    def find(self, name: str, kind: str) -> Found:
        """What to answer to a question; `kind` is a record type or ANY. Follows CNAMEs."""
        state, name = self._state, name.lower()
        records: list[Record] = []
        for _ in range(LONGEST_CHAIN):
            zone = state.zone_of(name)
            known = self._known(zone, name)
            if known is None:
                return Found(records=tuple(records), exists=False, zone=zone)
            alias = next((record for record in known if record.type == "CNAME"), None)
            wanted = [record for record in known if kind in {record.type, "ANY"}]
            if alias is None or wanted:
                return Found(records=(*records, *wanted), exists=True, zone=zone)
            records.append(alias)
            name = alias.content.lower()
        return Found(records=tuple(records), exists=True, zone=None)

    def origin(self, hostname: str) -> Addresses:
        """Where the edge finds the origin of a proxied host: the records behind the proxy."""
        state, name = self._state, hostname.lower()
        for _ in range(LONGEST_CHAIN):
            zone = state.zone_of(name)
            if zone is None:
                return self._static.get(name, Addresses())
            own = _own(zone, name) or ()
            alias = next((record.content for record in own if record.type == "CNAME"), None)
            if alias is None:
                return Addresses(
                    tuple(record.content for record in own if record.type == "A"),
                    tuple(record.content for record in own if record.type == "AAAA"),
                )
            name = alias.lower()
        return Addresses()

    def _known(self, zone: PublishedZone | None, name: str) -> list[Record] | None:
        """The records at a name; an empty list when only names below it exist, None if nothing."""
        if zone is None:
            if name in self._static:
                return self._addresses(name, self._static[name], STATIC_TTL)
            below = any(static.endswith(f".{name}") for static in self._static)
            return [] if below else None
        records = _own(zone, name)
        if name == zone.name:
            servers = [
                Record(name=name, type="NS", content=server, ttl=ZONE_TTL)
                for server in NAME_SERVERS
            ]
            records = [*(records or ()), *servers]
        if records is None:
            return None
        shown = [record for record in records if not record.proxied]
        for record in records:
            if record.proxied:  # one is enough: all of a name's records stand for the same edge
                return [*shown, *self._at_edge(name, record)]
        alias = next((r for r in shown if r.type == "CNAME" and name == zone.name), None)
        if alias is not None:  # beside NS and SOA there can be no CNAME: its target's addresses
            shown.remove(alias)
            shown += self._addresses(name, self.origin(alias.content), alias.ttl)
        return shown

    def _at_edge(self, name: str, record: Record) -> list[Record]:
        addresses = Addresses(
            () if record.ipv6_only else self._edge.ipv4,
            () if record.ipv4_only else self._edge.ipv6,
        )
        return self._addresses(name, addresses, record.ttl)

    @staticmethod
    def _addresses(name: str, addresses: Addresses, ttl: int) -> list[Record]:
        return [
            Record(name=name, type=kind, content=content, ttl=ttl)
            for kind, contents in (("A", addresses.ipv4), ("AAAA", addresses.ipv6))
            for content in contents
        ]


def _own(zone: PublishedZone, name: str) -> list[Record] | None:
    """A zone's records at a name, its own or a wildcard's; None when there is no such name."""
    exact = [record for record in zone.records if record.name == name]
    if exact or any(record.name.endswith(f".{name}") for record in zone.records):
        return exact
    parent = name
    while parent != zone.name and "." in parent:
        parent = parent.partition(".")[2]
        wild = [record for record in zone.records if record.name == f"*.{parent}"]
        if wild:
            return [_renamed(record, name) for record in wild]
        if any(r.name == parent or r.name.endswith(f".{parent}") for r in zone.records):
            break  # the closest name that exists has no wildcard
    return None


def _renamed(record: Record, name: str) -> Record:
    fields = {key: getattr(record, key) for key in record.__dataclass_fields__}
    return Record(**{**fields, "name": name})
