"""Which zone at Cloudflare holds the public names, and whether visitors can find them there."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from components.cloudflare.api import Api, CloudflareError
from components.edge.permissions import lacking
from components.modes import MODES
from components.naming import StackName
from settings import EdgeSettings, Service

ACTIVE = "active"
BY_CNAME = "partial"
"""The type of a zone whose DNS is elsewhere: Cloudflare makes a certificate for each name."""


def find_zone(api: Api, edge: EdgeSettings, services: Sequence[Service], stack: StackName) -> str:
    """The identifier of a zone that answers; names in it without a certificate are warned of.

    Raises:
        pulumi.RunError: There is none, it is not active there, or visitors would not be
            sent through Cloudflare where the mode needs it.
    """
    try:
        zones = api.get("/zones", {"name": edge.zone})
    except CloudflareError as error:
        if error.denied:
            words = lacking(edge, ["Zone / Zone / Read"])
            raise pulumi.RunError(f"{words}. Or it is not valid any more: set another") from None
        raise
    if not zones:
        raise pulumi.RunError(
            f"{stack.project}:edge.zone: Cloudflare shows this token no zone {edge.zone}; "
            "is it in this account, and does the token include it (permission Zone / Zone / Read "
            "for this zone)? For DNS kept elsewhere: pulumi config set --path "
            f"{stack.project}:edge.dns manual"
        )
    # Two accounts may have it; one at most is active.
    zone = next((one for one in zones if one["status"] == ACTIVE), zones[0])
    if trouble := _trouble(zone, edge):
        raise pulumi.RunError(f"{stack.project}:edge.zone: {trouble}")
    if MODES[edge.mode].proxied and zone.get("type") != BY_CNAME:
        _warn_of_deep_names(edge, services)
    return str(zone["id"])


def _trouble(zone: Mapping[str, Any], edge: EdgeSettings) -> str:
    """Why nobody would reach a name in this zone, and what to do; "" where they do."""
    if zone["status"] != ACTIVE:
        servers = ", ".join(zone.get("name_servers") or ())
        todo = (
            f"Set these name servers where the domain is registered: {servers}"
            if servers
            else "Finish its set-up in the Cloudflare dashboard"
        )
        return (
            f"{edge.zone} is not active at Cloudflare (status {zone['status']}): resolvers do not "
            f"ask Cloudflare's name servers for it, so its names would not be found. {todo}. Run "
            "pulumi up once the dashboard says that the zone is active"
        )
    if zone.get("paused") and MODES[edge.mode].proxied:
        return (
            f"{edge.zone} is paused: Cloudflare sends visitors past itself, and edge.mode "
            f"{edge.mode} lets in nobody else. Enable Cloudflare on the zone's overview in the "
            "dashboard, or set edge.mode to direct"
        )
    return ""


def _warn_of_deep_names(edge: EdgeSettings, services: Sequence[Service]) -> None:
    """Cloudflare's own certificate is for the zone and the names one label below it."""
    hostnames = [service.hostname for service in services if service.hostname != edge.zone]
    deep = [name for name in hostnames if "." in name.removesuffix(f".{edge.zone}")]
    if deep:
        pulumi.log.warn(
            f"services[].hostname: Cloudflare's own certificate is for {edge.zone} and names one "
            f"label below it, and not for {', '.join(deep)}: without another certificate in the "
            "zone (Advanced Certificate Manager, or your own) browsers get no connection. Choose a "
            f"name such as {_shallow(deep[0], edge.zone)}"
        )


def _shallow(hostname: str, zone: str) -> str:
    labels = hostname.removesuffix(f".{zone}").replace(".", "-")
    return f"{labels}.{zone}"
