"""What the edge serves: one site per proxied name, with where and how it reaches the origin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from lab.clouds.cloudflare.published import ZoneState
    from lab.dns.names import Addresses

HTTP_PORT, HTTPS_PORT = 80, 443


@dataclass(frozen=True, kw_only=True)
class Site:
    """One hostname. `origins` are addresses, IPv4 first; none means that it does not resolve."""

    hostname: str
    zone: str
    mode: str
    origins: tuple[str, ...]
    always_use_https: bool
    websockets: bool

    def origin_tls(self, scheme: Literal["http", "https"]) -> bool:
        """Whether the edge speaks TLS to the origin for visitors of this scheme.

        off and flexible never, full and strict as the visitor does, origin_pull always.
        """
        if self.mode == "origin_pull":
            return True
        return self.mode in {"full", "strict"} and scheme == "https"

    @property
    def verifies(self) -> bool:
        """Whether the origin's certificate must be right. In mode full any will do, by design."""
        return self.mode in {"strict", "origin_pull"}

    def redirect(self, scheme: Literal["http", "https"]) -> str | None:
        """The scheme that visitors of this one are sent to, if any."""
        if scheme == "https" and self.mode == "off":
            return "http"
        if scheme == "http" and self.always_use_https and self.mode != "off":
            return "https"
        return None

    def servers(self, scheme: Literal["http", "https"]) -> list[str]:
        """The origins as nginx writes them: 203.0.113.16:80, [2001:db8::1]:80."""
        port = HTTPS_PORT if self.origin_tls(scheme) else HTTP_PORT
        return [f"[{one}]:{port}" if ":" in one else f"{one}:{port}" for one in self.origins]


def sites(state: ZoneState, origin: Callable[[str], Addresses]) -> list[Site]:
    """Every proxied name, sorted; `origin` tells the addresses behind one."""
    found = []
    for zone in state.zones:
        for name in zone.proxied_names():
            addresses = origin(name)
            found.append(
                Site(
                    hostname=name,
                    zone=zone.name,
                    mode=zone.ssl_mode(name),
                    origins=(*addresses.ipv4, *addresses.ipv6),
                    always_use_https=zone.always_use_https,
                    websockets=zone.websockets,
                )
            )
    return sorted(found, key=lambda site: site.hostname)
