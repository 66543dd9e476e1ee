"""Asks Cloudflare for the zone, and whether the token may do there what a mode needs."""

from collections.abc import Iterator
from typing import Any

from components.modes import MODES
from ops.errors import OpsError
from ops.init.permissions import APIS, REFUSED, Api, Probe, words_of
from settings.credentials import CLOUDFLARE
from settings.sections import EdgeMode

_PHASE = "http_config_settings"
_AUTHENTICATION_ERROR = 10000
# No expression ends after an opening bracket: where writing is allowed, this is refused for that.
_NO_RULE = {
    "name": "vps-reverse-proxy: may this token write?",
    "kind": "zone",
    "phase": _PHASE,
    "rules": [{"action": "set_config", "expression": "(", "action_parameters": {"ssl": "full"}}],
}


def visible_zones(token: str) -> dict[str, str]:
    """The zones the token can see: name -> id.

    Raises:
        OpsError: Cloudflare refuses the token.
    """
    zones = Probe(permission="Zone: Zone: Read", method="GET", path="/zones?per_page=50")
    status, answer = Api(APIS["cloudflare"], token).ask(zones)
    if status != 200:  # noqa: PLR2004 - HTTP's OK; a token of wrong form is answered with 400
        raise OpsError(
            f"Cloudflare refuses the token in {CLOUDFLARE.variable} ({words_of(answer)});"
            f" get another at: {CLOUDFLARE.origin}"
        )
    return {zone["name"]: zone["id"] for zone in answer["result"]}


def check_zone(token: str, zone: str, mode: EdgeMode, zones: dict[str, str]) -> None:
    """The zone is one of the token's, and the token may do there what the mode needs.

    Raises:
        OpsError: It names the zones there are, or every permission that is missing.
    """
    if zone not in zones:
        shown = ", ".join(sorted(zones)) or "none"
        raise OpsError(
            f"Cloudflare shows this token no zone {zone} (it shows: {shown}); is it in this"
            " account, and does the token include it with Zone: Zone: Read?"
        )
    api = Api(APIS["cloudflare"], token)
    lacking = [
        probe.permission
        for probe in zone_probes(zones[zone], zone, mode)
        if _refused(*api.ask(probe))
    ]
    if lacking:
        raise OpsError(
            f"the token in {CLOUDFLARE.variable} lacks for the zone {zone}:"
            f" {', '.join(dict.fromkeys(lacking))}; add that at: {CLOUDFLARE.origin}"
        )


def zone_probes(zone_id: str, zone: str, mode: EdgeMode) -> Iterator[Probe]:
    """What a mode needs of the token; every one of these requests is refused, and changes nothing.

    A record without type and content, a rule that cannot be parsed, a request for a certificate
    without a request.
    """
    yield Probe(
        permission="Zone: DNS: Edit", method="POST", path=f"/zones/{zone_id}/dns_records", body={}
    )
    if MODES[mode].ssl_mode is not None:
        yield Probe(
            permission="Zone: Config Rules: Edit",
            method="POST",
            path=f"/zones/{zone_id}/rulesets",
            body=_NO_RULE,
        )
    if MODES[mode].certificate == "origin-ca":
        yield Probe(
            permission="Zone: SSL and Certificates: Edit",
            method="POST",
            path="/certificates",
            body={"csr": "", "hostnames": [zone], "request_type": "origin-rsa"},
        )


def _refused(status: int, answer: Any) -> bool:
    if status in REFUSED:
        return True
    # Cloudflare also says so with 400 and this code.
    errors = (answer.get("errors") if isinstance(answer, dict) else None) or []
    return any(one.get("code") == _AUTHENTICATION_ERROR for one in errors)
