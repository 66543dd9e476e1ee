"""Asks Cloudflare for the zone, and whether the token may do there what the stack needs."""

from collections.abc import Mapping
from itertools import count

from components.cloudflare.api import Api, CloudflareError
from components.edge.permissions import missing_permissions
from ops.errors import OpsError
from settings import EdgeSettings
from settings.credentials import CLOUDFLARE

_ZONES_A_PAGE = 50  # the most that Cloudflare gives of them


def visible_zones(token: str) -> dict[str, str]:
    """The zones the token can see: name -> id.

    Raises:
        OpsError: Cloudflare refuses the token, or does not answer.
    """
    api, found = _api(token), dict[str, str]()
    try:
        for number in count(1):
            page = api.get("/zones", {"page": number, "per_page": _ZONES_A_PAGE})
            found |= {zone["name"]: zone["id"] for zone in page}
            if len(page) < _ZONES_A_PAGE:
                break
    except CloudflareError as error:
        raise _refusal(error) from None
    return found


def check_zone(token: str, edge: EdgeSettings, zones: Mapping[str, str]) -> None:
    """The zone is one of the token's, and the token may do there what the stack needs.

    Raises:
        OpsError: It names the zones there are, or every permission that is missing.
    """
    if edge.zone not in zones:
        shown = ", ".join(sorted(zones)) or "none"
        raise OpsError(
            f"Cloudflare shows this token no zone {edge.zone} (it shows: {shown}); is it in this"
            " account, and does the token include it, with Zone / Zone / Read? For DNS kept"
            " elsewhere: --dns manual"
        )
    try:
        lacking = missing_permissions(_api(token), zones[edge.zone], edge)
    except CloudflareError as error:
        raise _refusal(error) from None
    if lacking:
        raise OpsError(
            f"the token in {CLOUDFLARE.variable} lacks for the zone {edge.zone}:"
            f" {', '.join(dict.fromkeys(lacking))}; add that at: {CLOUDFLARE.origin}"
        )


def _api(token: str) -> Api:
    return Api.configured({"apiToken": token}.get)


def _refusal(error: CloudflareError) -> OpsError:
    if error.status and (error.bad_token or error.denied):
        return OpsError(
            f"Cloudflare refuses the token in {CLOUDFLARE.variable} ({error});"
            f" get another at: {CLOUDFLARE.origin}"
        )
    return OpsError(f"{error}. Nothing was written")
