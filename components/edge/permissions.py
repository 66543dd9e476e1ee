"""Whether the token may do what the stack will ask of it; named before anything is created.

Cloudflare has no question for that which every token may ask. So a write is tried that cannot
happen: of a thing that is not there, or of a value that does not exist. A token without the right
is refused before Cloudflare looks at either.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from components.cloudflare.api import Api, CloudflareError, ask_together
from components.cloudflare.rule_set import PHASE
from components.modes import MODES
from settings import EdgeSettings

NOWHERE = "0" * 32
"""An identifier that nothing has."""
ORIGIN_CA_DENIES = frozenset({10000, 1016})
"""The Origin CA's own numbers for a token without the right: it may answer 400 with them."""


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A permission, named as in the dashboard, and a call that needs it and does nothing.

    Attributes:
        denied_by: Cloudflare's numbers that mean a refusal here whatever the status.
    """

    permission: str
    method: str
    path: str
    body: dict[str, Any] | None = None
    denied_by: frozenset[int] = frozenset()


def missing_permissions(api: Api, zone_id: str, edge: EdgeSettings) -> list[str]:
    """The permissions that this stack needs and the token lacks, in the dashboard's words."""
    return _missing(api, _probes(zone_id, edge))


def missing_readings(api: Api, zone_id: str, edge: EdgeSettings) -> list[str]:
    """Those of them that a preview needs, which only looks."""
    return _missing(api, _readings(zone_id, edge))


def enough_to_look(edge: EdgeSettings, permissions: Sequence[str]) -> str:
    """That a token which lacks these will do for a preview, and where it will not."""
    return (
        f"the token cloudflare:apiToken lacks {', '.join(permissions)} for {edge.zone}: enough for "
        "this preview, as this machine is not the stack's WSL host. pulumi up there, with "
        f"edge.mode {edge.mode}, needs a token that has it"
    )


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
            denied_by=ORIGIN_CA_DENIES,
        )


def _readings(zone_id: str, edge: EdgeSettings) -> Iterator[Probe]:
    """What the checks of this program look at, and the stack's own rules with --refresh."""
    zone = f"/zones/{zone_id}"
    yield Probe(permission="Zone / DNS / Read", method="GET", path=f"{zone}/dns_records/{NOWHERE}")
    if MODES[edge.mode].ssl_mode is None:
        return
    entry_point = f"{zone}/rulesets/phases/{PHASE}/entrypoint"
    yield Probe(permission="Zone / Config Rules / Read", method="GET", path=entry_point)
    if edge.ssl_scope == "zone":
        ssl = f"{zone}/settings/ssl"
        yield Probe(permission="Zone / Zone Settings / Read", method="GET", path=ssl)


def _missing(api: Api, asked: Iterable[Probe]) -> list[str]:
    """The permissions of those that are refused, each once."""
    probes = list(asked)
    denied = ask_together(lambda probe: _denied(api, probe), probes)
    found = (probe.permission for probe, no in zip(probes, denied, strict=True) if no)
    return list(dict.fromkeys(found))


def _denied(api: Api, probe: Probe) -> bool:
    try:
        api.retry(lambda: api.call(probe.method, probe.path, body=probe.body))
    except CloudflareError as error:
        if error.bad_token or not error.status:
            raise
        return error.denied or not probe.denied_by.isdisjoint(error.codes)
    return False
