"""What must hold at Cloudflare before anything is created; nothing is changed in here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pulumi

from components.cloudflare.api import Api, CloudflareError
from components.cloudflare.rule_set import RuleSet
from components.cloudflare.zone_ssl import CLAIM_REF, Claim, refusal
from components.edge.permissions import lacking, missing_permissions
from components.edge.records import ADDRESS_TYPES, record_comment
from components.edge.zone import find_zone
from components.modes import MODES
from components.naming import StackName
from settings import EdgeSettings, Service

SHOWN_NAMES = 10


@dataclass(frozen=True, kw_only=True)
class Zone:
    """A DNS zone, looked up and found fit for this stack.

    Attributes:
        zone_id: "" where DNS is kept elsewhere.
        trusted_proxies: CIDRs from which Cloudflare speaks to the VPS; empty where it does not.
    """

    zone_id: str
    trusted_proxies: tuple[str, ...]


def preflight_edge(edge: EdgeSettings, services: Sequence[Service], stack: StackName) -> Zone:
    """Look the zone up, what the token may do in it, and what is in the way.

    Raises:
        pulumi.RunError: The token is refused or lacks a permission, the zone is not found or
            nobody asks there, a name or the zone's SSL mode is another's; every finding of a
            kind in one message.
    """
    if edge.dns == "manual":
        return Zone(zone_id="", trusted_proxies=())
    api = Api.configured(pulumi.Config("cloudflare").get)
    try:
        zone_id = find_zone(api, edge, services, stack)
        if missing := list(dict.fromkeys(missing_permissions(api, zone_id, edge))):
            raise pulumi.RunError(lacking(edge, missing))
        taken = [*_taken_names(api, zone_id, services, stack), *_claimed(api, zone_id, edge, stack)]
        ranges = api.get("/ips") if MODES[edge.mode].proxied else {}
        if not taken:
            _announce_zone_scope(api, zone_id, edge, services)
    except CloudflareError as error:
        raise pulumi.RunError(_refused(error)) from None
    if taken:
        raise pulumi.RunError("\n  ".join(["In the way at Cloudflare:", *taken]))
    return Zone(
        zone_id=zone_id,
        trusted_proxies=(*ranges.get("ipv4_cidrs", ()), *ranges.get("ipv6_cidrs", ())),
    )


def _refused(error: CloudflareError) -> str:
    if error.bad_token:
        return (
            f"Cloudflare refuses the token: {error}\n"
            "  Is it right and not expired? Set it with: pulumi config set --secret "
            "cloudflare:apiToken"
        )
    return f"{error}. Nothing was changed"


def _taken_names(
    api: Api, zone_id: str, services: Sequence[Service], stack: StackName
) -> Iterator[str]:
    """One line for each address record under our names that is not ours."""
    for service in services:
        for record in api.all(f"/zones/{zone_id}/dns_records", {"name.exact": service.hostname}):
            if record["type"] in ADDRESS_TYPES and record.get("comment") != record_comment(stack):
                yield (
                    f"{service.hostname} already has a record {record['type']} "
                    f"{record['content']} that is not this stack's; delete it in the Cloudflare "
                    "dashboard, or give the service another hostname"
                )


def _claimed(api: Api, zone_id: str, edge: EdgeSettings, stack: StackName) -> Iterator[str]:
    """Whether another stack sets the SSL mode of the whole zone, where this one is to do so."""
    if not sets_zone(edge):
        return
    claim = Claim.of(RuleSet(api=api, zone_id=zone_id).find(CLAIM_REF))
    if claim is not None and claim.owner != stack.owner:
        yield refusal(edge.zone, claim)


def sets_zone(edge: EdgeSettings) -> bool:
    """Whether the stack sets the SSL mode of the whole zone."""
    return edge.ssl_scope == "zone" and MODES[edge.mode].ssl_mode is not None


def _announce_zone_scope(
    api: Api, zone_id: str, edge: EdgeSettings, services: Sequence[Service]
) -> None:
    """Say which other names a new SSL mode of the zone affects."""
    wanted = MODES[edge.mode].ssl_mode
    if not sets_zone(edge):
        return
    now = api.get(f"/zones/{zone_id}/settings/ssl")["value"]
    if now == wanted:
        return
    ours = {service.hostname for service in services}
    records = api.all(f"/zones/{zone_id}/dns_records", {"proxied": "true"})
    others = sorted({str(record["name"]) for record in records} - ours)
    more = f" and {len(others) - SHOWN_NAMES} more" if len(others) > SHOWN_NAMES else ""
    pulumi.log.warn(
        f"edge.ssl_scope is zone: the SSL mode of the whole zone {edge.zone} changes from {now} to "
        f"{wanted}. Other proxied names in it: {', '.join(others[:SHOWN_NAMES]) or 'none'}{more}. "
        "pulumi destroy puts it back"
    )
