"""What the last run made at Cloudflare and this one takes away: whether the token still can."""

from collections.abc import Mapping
from typing import Any

from components.cloudflare.api import Api, CloudflareError
from components.edge.permissions import missing_permissions
from components.modes import MODES
from settings import EdgeSettings

GONE = 'docs/troubleshooting.md, "What is at Cloudflare cannot be removed any more"'


def cannot_be_removed(api: Api, edge: EdgeSettings, recorded: Mapping[str, Any]) -> str:
    """What to do before this run, whose end would be an error; "" where all can be removed.

    Args:
        api: With the token of this run.
        edge: Who answers the public names from now on.
        recorded: The output `operations` of the last run.

    Raises:
        CloudflareError: Cloudflare does not answer.
    """
    last = _before(edge, recorded)
    if last is None:
        return ""
    zone_id = _zone_id(api, last.zone)
    if zone_id is None:
        lacks, give = "does not see that zone", f"the zone {last.zone}, beside its own,"
    else:
        missing = ", ".join(missing_permissions(api, zone_id, last))
        if not missing:
            return ""
        lacks, give = f"lacks {missing} for it", f"{missing} for {last.zone}"
    return (
        f"the last run answered with edge.mode {last.mode} in the zone {last.zone}, and what it "
        f"made there has to go: the token cloudflare:apiToken {lacks}, so this and every later "
        f"pulumi up would end in an error. Give it {give} until this run is over (Cloudflare "
        "dashboard, My Profile, API Tokens, Edit; the token itself stays the same). If the zone "
        f"is not yours any more: {GONE}"
    )


def _before(edge: EdgeSettings, recorded: Mapping[str, Any]) -> EdgeSettings | None:
    """How the last run answered, if it told Cloudflare something else than this one does."""
    zone, mode, scope = (recorded.get(key) for key in ("zone", "mode", "sslScope"))
    if recorded.get("dns") != "cloudflare" or not zone or mode not in MODES:
        return None
    last = edge.model_copy(
        update={"zone": zone, "mode": mode, "ssl_scope": scope, "dns": "cloudflare"}
    )
    return None if last == edge else last


def _zone_id(api: Api, zone: str) -> str | None:
    try:
        found = api.get("/zones", {"name": zone})
    except CloudflareError as error:
        if error.denied:
            return None
        raise
    return str(found[0]["id"]) if found else None
