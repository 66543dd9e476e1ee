"""Defaults that depend on other settings: the guide's two services, under the edge's zone."""

from collections.abc import Mapping
from typing import Any

from settings.network import is_hostname
from settings.sections import EdgeSettings

_KNOWN: Mapping[str, Mapping[str, Any]] = {
    "asr": {"port": 8080, "upstreams": ["127.0.0.1:8001"]},
    "tts": {"port": 8081, "upstreams": ["127.0.0.1:8002"]},
}
DEFAULT_SERVICES = tuple({"name": name} for name in _KNOWN)


def fill(raw: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration with services' defaults in place; what is mistyped stays as it is."""
    zone = _zone(raw.get("edge"))
    services = raw.get("services", list(DEFAULT_SERVICES))
    if isinstance(services, list | tuple):
        services = [_fill_service(index, item, zone) for index, item in enumerate(services)]
    # Without a server the error is then about its provider, which is what one has to choose.
    return {"server": {}, **raw, "services": services}


def _zone(edge: object) -> object:
    if isinstance(edge, EdgeSettings):
        return edge.zone
    default = EdgeSettings().zone
    return edge.get("zone", default) if isinstance(edge, Mapping) else default


def _fill_service(index: int, item: object, zone: object) -> object:
    if not isinstance(item, Mapping):
        return item
    name = item.get("name")
    hostname = f"{name}.{zone}"
    if not is_hostname(hostname):
        # Name or zone is wrong and says so itself; this stand-in keeps the follow-up error away.
        hostname = f"service-{index}.invalid"
    # "ASR" is refused for its letters alone, and not for what it would have as "asr".
    known = _KNOWN.get(name.lower(), {}) if isinstance(name, str) else {}
    return {"hostname": hostname, **known, **item}
