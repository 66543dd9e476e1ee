"""Names and addresses of the lab's internet: data only (docs/architecture.md has the table)."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Interface
from typing import Literal

Role = Literal["wsl", "client", "vps", "edge", "infra"]
LinkName = Literal["home", "client"]

# A host reaches its router at these, on its own link; Hetzner's hosts have the same IPv4 one.
GATEWAY = IPv4Address("172.31.1.1")
GATEWAY6 = "fe80::1"
# What the core router calls itself in an ICMP error.
CORE_ADDRESS = IPv4Address("192.0.2.1")

HOME_ADDRESS = IPv4Address("198.51.100.66")  # the home router, seen from outside


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a fixed host of the lab is.

    `line` names the emulated link its traffic passes, if any; a host with `behind_nat` hangs on the
    home router instead of the core router. IPv6 is an address with its prefix length.
    """

    name: str
    role: Role
    address: IPv4Address
    address6: IPv6Interface | None = None
    line: LinkName | None = None
    behind_nat: bool = False


INFRA = Place(
    name="infra",
    role="infra",
    address=IPv4Address("192.0.2.53"),
    address6=IPv6Interface("2001:db8:53::1/128"),
)
EDGE = Place(
    name="edge",
    role="edge",
    address=IPv4Address("198.51.100.10"),
    address6=IPv6Interface("2001:db8:ed6e::1/128"),
)
CLIENT = Place(
    name="client",
    role="client",
    address=IPv4Address("192.0.2.10"),
    address6=IPv6Interface("2001:db8:c::1/128"),
    line="client",
)
WSL = Place(
    name="wsl", role="wsl", address=IPv4Address("192.0.2.130"), line="home", behind_nat=True
)
HOME_VPS = Place(
    name="home-vps",
    role="vps",
    address=IPv4Address("203.0.113.5"),
    address6=IPv6Interface("2001:db8:5::1/128"),
)
OTHER_HOME_VPS = Place(
    name="home-vps-2",
    role="vps",
    address=IPv4Address("203.0.113.6"),
    address6=IPv6Interface("2001:db8:6::1/128"),
)

RESOLVER = INFRA.address  # every host's only name server
FIXED = (INFRA, EDGE, CLIENT, WSL)  # what `up` brings up; the rest is rented or booted on demand
