"""Edge: what answers the public names - the DNS records, and how the edge talks to the VPS.

It refuses to take over names and rules that are not this stack's, and never sets the SSL mode of a
whole zone: that would change every other name in it, and cannot be put back.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_cloudflare as cloudflare
from pulumi import ResourceOptions

from components.naming import StackName
from settings import EdgeSettings, Service

RULES_PHASE = "http_config_settings"
AUTOMATIC_TTL = 1


@dataclass(frozen=True, kw_only=True)
class Zone:
    """A DNS zone at Cloudflare, looked up and found fit for this stack.

    Attributes:
        trusted_proxies: CIDRs from which Cloudflare speaks to the VPS.
    """

    zone_id: str
    trusted_proxies: tuple[str, ...]


def preflight_edge(edge: EdgeSettings, services: Sequence[Service], stack: StackName) -> Zone:
    """Look the zone up, and look for records and rules that stand in the way.

    Raises:
        pulumi.RunError: The token is refused, the zone is not found, or a name or the rule phase
            is taken; every finding in one message.
    """
    try:
        zones = cloudflare.get_zones(name=edge.zone).results
        ranges = cloudflare.get_ip_ranges()
        taken = [
            line
            for zone in zones
            for line in (
                *_taken_names(zone.id, services, stack),
                *_taken_phase(zone.id, edge, stack),
            )
        ]
    except Exception as error:
        raise pulumi.RunError(
            f"Cloudflare refuses to answer: {error}\n"
            "  Is the token right and not expired? Set it with: pulumi config set --secret "
            "cloudflare:apiToken"
        ) from error
    if not zones:
        raise pulumi.RunError(
            f"{stack.project}:edge.zone: Cloudflare shows this token no zone {edge.zone}; "
            "is it in this account, and does the token include it "
            "(permissions Zone Read, DNS Edit, Config Rules Edit for this zone)?"
        )
    if taken:
        raise pulumi.RunError("\n  ".join(["In the way at Cloudflare:", *taken]))
    return Zone(
        zone_id=zones[0].id,
        trusted_proxies=(*ranges.ipv4_cidrs, *ranges.ipv6_cidrs),
    )


def _taken_names(zone_id: str, services: Sequence[Service], stack: StackName) -> list[str]:
    """One line for each address record under our names that is not ours."""
    lines = []
    for service in services:
        records = cloudflare.get_dns_records(
            zone_id=zone_id, name=cloudflare.GetDnsRecordsNameArgs(exact=service.hostname)
        ).results
        lines += [
            f"{service.hostname} already has a record {record.type} {record.content} that is not "
            "this stack's; delete it in the Cloudflare dashboard, or give the service another "
            "hostname"
            for record in records
            if record.type in {"A", "AAAA", "CNAME"} and record.comment != record_comment(stack)
        ]
    return lines


def _taken_phase(zone_id: str, edge: EdgeSettings, stack: StackName) -> list[str]:
    """A zone has one entry point per phase: somebody else's is kept, and ours refused."""
    return [
        f"zone {edge.zone} already has configuration rules ({ruleset.name!r}) that are not this "
        "stack's, and Cloudflare allows one such rule set in a zone; they are kept as they are. "
        "Move them to this stack's zone settings or delete them in the dashboard "
        "(Rules > Configuration Rules)"
        for ruleset in cloudflare.get_rulesets(zone_id=zone_id).rulesets
        if ruleset.phase == RULES_PHASE
        and ruleset.kind == "zone"
        and ruleset.name != ruleset_name(stack)
    ]


def record_comment(stack: StackName) -> str:
    """What marks a DNS record as this stack's."""
    return f"vps-reverse-proxy {stack.owner}"


def ruleset_name(stack: StackName) -> str:
    """What marks a rule set as this stack's."""
    return f"vps-reverse-proxy {stack.owner}"


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
    """DNS records of the public names, and the SSL mode for exactly these names."""

    records: list[cloudflare.DnsRecord]
    ssl_mode: cloudflare.Ruleset

    def __init__(self, name: str, args: EdgeArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("vps-reverse-proxy:index:Edge", name, None, opts)
        addresses: dict[str, pulumi.Input[str]] = {"A": args.address}
        if args.address6 is not None:
            addresses["AAAA"] = args.address6
        child = ResourceOptions(parent=self)
        self.records = [
            cloudflare.DnsRecord(
                # By its public name: a service renamed under the same one keeps its records.
                f"{name}-{service.hostname}-{record_type.lower()}",
                zone_id=args.zone.zone_id,
                name=service.hostname,
                type=record_type,
                content=address,
                proxied=True,
                ttl=AUTOMATIC_TTL,
                comment=record_comment(args.stack),
                opts=child,
            )
            for service in args.services
            for record_type, address in addresses.items()
        ]
        hostnames = " ".join(f'"{service.hostname}"' for service in args.services)
        self.ssl_mode = cloudflare.Ruleset(
            f"{name}-ssl-mode",
            zone_id=args.zone.zone_id,
            kind="zone",
            phase=RULES_PHASE,
            name=ruleset_name(args.stack),
            rules=[
                cloudflare.RulesetRuleArgs(
                    action="set_config",
                    expression=f"(http.host in {{{hostnames}}})",
                    description=f"SSL mode of {args.stack.owner}",
                    enabled=True,
                    ref=f"vps_reverse_proxy_{args.stack.slug}_ssl",
                    action_parameters=cloudflare.RulesetRuleActionParametersArgs(
                        ssl=args.edge.mode
                    ),
                )
            ],
            opts=child,
        )
        self.register_outputs({"hostnames": [service.hostname for service in args.services]})
