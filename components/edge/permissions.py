"""Whether the token may do what the stack will ask of it; named before anything is created.

Cloudflare has no question for that which every token may ask. So a write is tried that cannot
happen: of a thing that is not there, or of a value that does not exist. A token without the right
is refused before Cloudflare looks at either.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from components.cloudflare.api import Api, CloudflareError, ask_together
from components.cloudflare.rule_set import PHASE
from components.modes import MODES
from settings import EdgeSettings

NOWHERE = "0" * 32
"""An identifier that nothing has."""


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A permission, named as in the dashboard, and a call that needs it and does nothing."""

    permission: str
    method: str
    path: str
    body: dict[str, Any] | None = None


def missing_permissions(api: Api, zone_id: str, edge: EdgeSettings) -> list[str]:
    """The permissions that this stack needs and the token lacks, in the dashboard's words."""
    probes = list(_probes(zone_id, edge))
    denied = ask_together(lambda probe: _denied(api, probe), probes)
    return [probe.permission for probe, no in zip(probes, denied, strict=True) if no]


def lacking(edge: EdgeSettings, permissions: Sequence[str]) -> str:
    """What to do about missing permissions."""
    return (
        f"The token cloudflare:apiToken lacks {', '.join(permissions)} for {edge.zone}, which "
        f"edge.mode {edge.mode} needs. Add it in the Cloudflare dashboard (My Profile, API Tokens, "
        "Edit); the token itself stays the same"
    )


def _probes(zone_id: str, edge: EdgeSettings) -> Iterator[Probe]:
    zone = f"/zones/{zone_id}"
    yield Probe(
        permission="Zone / DNS / Edit", method="DELETE", path=f"{zone}/dns_records/{NOWHERE}"
    )
    mode = MODES[edge.mode]
    if mode.ssl_mode is not None:
        rules = "Zone / Config Rules / Edit"
        entry_point = f"{zone}/rulesets/phases/{PHASE}/entrypoint"
        yield Probe(permission=rules, method="GET", path=entry_point)
        yield Probe(permission=rules, method="DELETE", path=f"{zone}/rulesets/{NOWHERE}")
    if mode.ssl_mode is not None and edge.ssl_scope == "zone":
        yield Probe(
            permission="Zone / Zone Settings / Edit",
            method="PATCH",
            path=f"{zone}/settings/ssl",
            body={"value": "none of its values"},
        )
    if mode.certificate == "origin-ca":
        yield Probe(
            permission="Zone / SSL and Certificates / Edit",
            method="DELETE",
            path=f"/certificates/{NOWHERE}",
        )


def _denied(api: Api, probe: Probe) -> bool:
    try:
        api.persist(lambda: api.call(probe.method, probe.path, body=probe.body))
    except CloudflareError as error:
        if error.bad_token or not error.status:
            raise
        return error.denied
    return False
