"""Edge: what answers the public names - the DNS records, and how the edge talks to the VPS."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions

from components.cloudflare.sdk import DnsRecord
from components.cloudflare.ssl_rule import SslRule
from components.cloudflare.zone_ssl import ZoneSsl
from components.edge.preflight import Zone
from components.edge.records import WantedRecord, record_comment, wanted_records
from components.modes import MODES
from components.naming import StackName
from settings import EdgeSettings, Service


@dataclass(frozen=True, kw_only=True)
class EdgeArgs:
    """What an Edge is made from.

    Attributes:
        address: IPv4 address of the VPS.
        address6: Its IPv6 address, where it has one.
    """

    edge: EdgeSettings
    zone: Zone
    stack: StackName
    services: Sequence[Service]
    address: pulumi.Input[str]
    address6: pulumi.Input[str] | None


class Edge(pulumi.ComponentResource):
    """DNS records of the public names, and the SSL mode for exactly these names.

    Records come after the SSL mode: who is sent to Cloudflare finds the way behind it right. They
    leave before it, too, since what is no more is removed at the end of a run.

    Attributes:
        records: Empty where DNS is kept elsewhere.
        ssl_mode: None where Cloudflare is not between, or where the zone's own is set.
        zone_ssl_mode: Only with `edge.ssl_scope: zone`.
        dns_records: What to enter by hand, one dict per record; empty where Cloudflare is told.
    """

    records: list[DnsRecord]
    ssl_mode: SslRule | None = None
    zone_ssl_mode: ZoneSsl | None = None
    dns_records: pulumi.Output[list[dict[str, str | int]]]

    def __init__(self, name: str, args: EdgeArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("vps-reverse-proxy:index:Edge", name, None, opts)
        self._set_ssl_mode(name, args)
        wanted = wanted_records(args.edge, args.services, args.address, args.address6)
        manual = args.edge.dns == "manual"
        behind = [one for one in (self.ssl_mode, self.zone_ssl_mode) if one is not None]
        self.records = [
            DnsRecord(
                # By its public name: a service renamed under the same one keeps its records.
                f"{name}-{record.name}-{record.type.lower()}",
                zone_id=args.zone.zone_id,
                name=record.name,
                type=record.type,
                content=record.content,
                proxied=record.proxied,
                ttl=record.ttl,
                comment=record_comment(args.stack),
                opts=ResourceOptions(parent=self, depends_on=behind),
            )
            for record in ([] if manual else wanted)
        ]
        self.dns_records = _by_hand(wanted if manual else [])
        self.register_outputs({"hostnames": [service.hostname for service in args.services]})

    def _set_ssl_mode(self, name: str, args: EdgeArgs) -> None:
        mode = MODES[args.edge.mode].ssl_mode
        if mode is None:
            return
        if args.edge.ssl_scope == "zone":
            self.zone_ssl_mode = ZoneSsl(
                f"{name}-zone-ssl-mode",
                zone_id=args.zone.zone_id,
                zone=args.edge.zone,
                owner=args.stack.owner,
                ssl=mode,
                opts=ResourceOptions(parent=self),
            )
            return
        hostnames = " ".join(f'"{service.hostname}"' for service in args.services)
        self.ssl_mode = SslRule(
            f"{name}-ssl-mode",
            zone_id=args.zone.zone_id,
            ref=args.stack.names.ssl_rule,
            expression=f"(http.host in {{{hostnames}}})",
            ssl=mode,
            description=f"SSL mode of {args.stack.owner}",
            opts=ResourceOptions(parent=self),
        )


def _by_hand(wanted: Sequence[WantedRecord]) -> pulumi.Output[list[dict[str, str | int]]]:
    """The records as an output, and in the log as soon as the addresses are known."""
    records = pulumi.Output.all(
        *(
            pulumi.Output.all(name=one.name, type=one.type, content=one.content, ttl=one.ttl)
            for one in wanted
        )
    )
    if wanted:
        records.apply(_tell)
    return records.apply(lambda known: [dict(one) for one in known])


def _tell(records: Sequence[dict[str, str | int]]) -> None:
    lines = [f"{one['name']}. {one['ttl']} IN {one['type']} {one['content']}" for one in records]
    pulumi.log.info(
        "\n  ".join(["edge.dns is manual. Make these records where your DNS is kept:", *lines])
    )
