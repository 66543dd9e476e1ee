"""`/zones/{zone_id}/settings`: list, get, edit, with the values that each setting takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.routing import Route

from lab.clouds.cloudflare.envelope import ApiError, Json, json_object, success
from lab.clouds.cloudflare.state import Store, Zone, now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from lab.clouds.cloudflare.auth import Tokens

SSL_MODES = ("off", "flexible", "full", "strict", "origin_pull")


@dataclass(frozen=True)
class Setting:
    """One setting: a new zone's value, the values it takes, whether the Free plan may edit it."""

    default: str | int
    values: tuple[str | int, ...] = ("on", "off")
    editable: bool = True


_SECONDS: tuple[int, ...] = (
    *(0, 30, 60, 120, 300, 1200, 1800, 3600, 7200, 10800, 14400, 18000, 28800, 43200, 57600),
    *(72000, 86400, 172800, 259200, 345600, 432000, 691200, 1382400, 2073600, 2678400),
    *(5356800, 16070400, 31536000),
)
_LEVELS = ("off", "essentially_off", "low", "medium", "high", "under_attack")

SETTINGS = {
    "0rtt": Setting("off"),
    "always_online": Setting("off"),
    "always_use_https": Setting("off"),
    "automatic_https_rewrites": Setting("on"),
    "brotli": Setting("on"),
    "browser_cache_ttl": Setting(14400, _SECONDS),
    "browser_check": Setting("on"),
    "cache_level": Setting("aggressive", ("aggressive", "basic", "simplified")),
    "challenge_ttl": Setting(1800, _SECONDS[4:]),
    "development_mode": Setting("off"),
    "early_hints": Setting("off"),
    "email_obfuscation": Setting("on"),
    "hotlink_protection": Setting("off"),
    "http2": Setting("on"),
    "http3": Setting("on"),
    "ip_geolocation": Setting("on"),
    "ipv6": Setting("on"),
    "min_tls_version": Setting("1.0", ("1.0", "1.1", "1.2", "1.3")),
    "opportunistic_encryption": Setting("on"),
    "opportunistic_onion": Setting("on"),
    "proxy_read_timeout": Setting("120", editable=False),
    "pseudo_ipv4": Setting("off", ("off", "add_header", "overwrite_header")),
    "response_buffering": Setting("off", editable=False),
    "rocket_loader": Setting("off"),
    "security_level": Setting("medium", _LEVELS),
    "server_side_exclude": Setting("on"),
    "ssl": Setting("full", SSL_MODES),
    "ssl_automatic_mode": Setting("auto", ("auto", "custom")),
    "tls_1_3": Setting("on", ("on", "off", "zrt")),
    "tls_client_auth": Setting("off"),
    "true_client_ip_header": Setting("off", editable=False),
    "websockets": Setting("on"),
}


def value_of(zone: Zone, name: str) -> str | int:
    """The zone's value of a setting of the table."""
    value: str | int = zone.settings.get(name, {}).get("value", SETTINGS[name].default)
    return value


class Settings:
    """The endpoints for a zone's settings."""

    def __init__(self, store: Store, tokens: Tokens) -> None:
        self._store = store
        self._tokens = tokens

    def routes(self) -> list[Route]:
        """The paths below the API's base path."""
        many, one = "/zones/{zone_id}/settings", "/zones/{zone_id}/settings/{setting_id}"
        return [
            Route(many, self.list, methods=["GET"]),
            Route(many, self.edit_many, methods=["PATCH"]),
            Route(one, self.get, methods=["GET"]),
            Route(one, self.edit, methods=["PATCH"]),
        ]

    async def list(self, request: Request) -> Response:
        """Every setting."""
        zone = self._zone(request, "Zone Settings Read")
        return success([_shown(zone, name) for name in SETTINGS])

    async def get(self, request: Request) -> Response:
        """One setting."""
        zone = self._zone(request, "Zone Settings Read")
        name = request.path_params["setting_id"]
        _known(name)
        return success(_shown(zone, name))

    async def edit(self, request: Request) -> Response:
        """Change one setting."""
        zone = self._zone(request, "Zone Settings Write")
        name = request.path_params["setting_id"]
        _refuse(name, await json_object(request))
        return self._save(zone, [(name, (await json_object(request))["value"])])

    async def edit_many(self, request: Request) -> Response:
        """Change several settings: `{"items": [{"id": ..., "value": ...}]}`."""
        zone = self._zone(request, "Zone Settings Write")
        items = (await json_object(request)).get("items")
        if not isinstance(items, list):
            raise ApiError(400, 1006, "items must be a list of settings")
        for item in items:
            _refuse(item.get("id"), item)
        self._save(zone, [(item["id"], item["value"]) for item in items])
        return success([_shown(zone, item["id"]) for item in items])

    def _save(self, zone: Zone, changes: Sequence[tuple[str, object]]) -> Response:
        for name, value in changes:
            zone.settings[name] = {"value": value, "modified_on": now()}
        self._store.save()
        return success(_shown(zone, changes[-1][0]) if changes else None)

    def _zone(self, request: Request, permission: str) -> Zone:
        self._tokens.require(request, permission)
        return self._store.zone(request.path_params["zone_id"])


def _shown(zone: Zone, name: str) -> Json:
    shown: Json = {
        "id": name,
        "value": value_of(zone, name),
        "editable": SETTINGS[name].editable,
        "modified_on": zone.settings.get(name, {}).get("modified_on"),
    }
    if name == "ssl":
        shown["certificate_status"] = "active"
    return shown


def _known(name: object) -> Setting:
    if not isinstance(name, str) or name not in SETTINGS:
        raise ApiError(400, 1003, f"Undefined zone setting: {name}")
    return SETTINGS[name]


def _refuse(name: object, body: Json) -> None:
    setting = _known(name)
    if not setting.editable:
        raise ApiError(400, 1015, f"Not allowed to edit setting for {name}")
    value = body.get("value")
    if isinstance(value, bool) or value not in setting.values:
        raise ApiError(400, 1007, f"Invalid value for zone setting {name}")
