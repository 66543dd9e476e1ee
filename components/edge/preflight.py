"""What must hold at Cloudflare before anything is created; nothing is changed in here."""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.cloudflare.api import Api, CloudflareError
from components.cloudflare.rule_set import RuleSet
from components.cloudflare.zone_claim import CLAIM_REF, Claim, refusal
from components.edge.conflicting_records import conflicting_records
from components.edge.leaving import cannot_be_removed
from components.edge.permissions import (
    enough_to_look,
    lacking,
    missing_permissions,
    missing_readings,
)
from components.edge.zone import find_zone
from components.modes import MODES
from components.naming import StackName
from settings import EdgeSettings, Service

SHOWN_NAMES = 10
ORIGIN_CA_KEY = "CLOUDFLARE_API_USER_SERVICE_KEY"  # nosec B105 - a variable's name


@dataclass(frozen=True, kw_only=True)
class Zone:
    """A DNS zone, looked up and found fit for this stack.

    Attributes:
        zone_id: "" where DNS is kept elsewhere.
        edge_ranges: CIDRs from which Cloudflare speaks to the VPS; empty where it does not.
    """

    zone_id: str
    edge_ranges: tuple[str, ...]


def preflight_edge(
    edge: EdgeSettings,
    services: Sequence[Service],
    stack: StackName,
    known: Collection[str] = (),
    *,
    changes: bool = True,
    recorded: Mapping[str, Any] | None = None,
) -> Zone:
    """Look the zone up, what the token may do in it, and what is in the way.

    Args:
        edge: Who answers the public names.
        services: Whose names.
        stack: Whose records and rules are ours.
        known: Addresses that records of ours may lead to already.
        changes: Whether a run on this machine may change anything; where it may not, as in CI, a
            token that can only read is enough, and what it lacks for more is warned of.
        recorded: The output `operations` of the last run: whether what it made at Cloudflare, and
            this one takes away, can still be removed.

    Raises:
        pulumi.RunError: The token is refused or lacks a permission, the zone is not found or
            nobody asks there, a name or the zone's SSL mode is another's; every finding of a
            kind in one message.
    """
    api = Api.configured(pulumi.Config("cloudflare").get)
    if edge.dns == "manual":
        # Without a token the engine takes the one that the state has.
        if changes and api.token:
            _look_at_what_goes(api, edge, recorded or {})
        return Zone(zone_id="", edge_ranges=())
    _refuse_origin_ca_key(edge)
    try:
        zone_id = find_zone(api, edge, services, stack)
        _look_at_permissions(api, zone_id, edge, changes=changes)
        if changes:
            _look_at_what_goes(api, edge, recorded or {})
        taken = [
            *conflicting_records(api, zone_id, services, stack, known),
            *_claimed(api, zone_id, edge, stack),
        ]
        ranges = api.get("/ips") if MODES[edge.mode].proxied else {}
        if not taken:
            _announce_zone_scope(api, zone_id, edge, services)
    except CloudflareError as error:
        raise pulumi.RunError(_refused(error)) from None
    if taken:
        raise pulumi.RunError("\n  ".join(["In the way at Cloudflare:", *taken]))
    return Zone(
        zone_id=zone_id,
        edge_ranges=(*ranges.get("ipv4_cidrs", ()), *ranges.get("ipv6_cidrs", ())),
    )


def _look_at_permissions(api: Api, zone_id: str, edge: EdgeSettings, *, changes: bool) -> None:
    if not changes and (unseen := missing_readings(api, zone_id, edge)):
        raise pulumi.RunError(lacking(edge, unseen))
    if missing := missing_permissions(api, zone_id, edge):
        if changes:
            raise pulumi.RunError(lacking(edge, missing))
        pulumi.log.warn(enough_to_look(edge, missing))


def _look_at_what_goes(api: Api, edge: EdgeSettings, recorded: Mapping[str, Any]) -> None:
    """A warning alone: what was taken out of the state by hand is still in the outputs."""
    try:
        trouble = cannot_be_removed(api, edge, recorded)
    except CloudflareError as error:
        trouble = f"it is not known whether what the last run made there can be removed: {error}"
    if trouble:
        pulumi.log.warn(trouble)


def _refuse_origin_ca_key(edge: EdgeSettings) -> None:
    """Cloudflare's plugin takes such a key beside the token; Cloudflare itself no more."""
    if MODES[edge.mode].certificate != "origin-ca":
        return
    if pulumi.Config("cloudflare").get("apiUserServiceKey"):
        remedy = "pulumi config rm cloudflare:apiUserServiceKey"
    elif os.environ.get(ORIGIN_CA_KEY):
        remedy = f"unset {ORIGIN_CA_KEY}"
    else:
        return
    raise pulumi.RunError(
        "cloudflare:apiUserServiceKey: Cloudflare takes no Origin CA key any more since 30 "
        f"September 2026. Take it away: {remedy} - the token asks the Origin CA, with the "
        "permission Zone / SSL and Certificates / Edit"
    )


def _refused(error: CloudflareError) -> str:
    if error.bad_token:
        return (
            f"Cloudflare refuses the token: {error}\n"
            "  Is it right and not expired? Set it with: pulumi config set --secret "
            "cloudflare:apiToken"
        )
    return f"{error}. Nothing was changed"


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
