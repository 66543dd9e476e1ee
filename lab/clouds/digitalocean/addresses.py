"""Addresses: which are free, and how a droplet's networks are told."""

from ipaddress import ip_address, ip_network
from typing import Any

from lab.clouds.digitalocean.account import Account
from lab.clouds.digitalocean.errors import unprocessable
from lab.clouds.digitalocean.store import Record

FIRST_ADDRESS, LAST_ADDRESS = "203.0.113.96", "203.0.113.127"
"""Other clouds of the lab have the rest of the network."""
ADDRESSES = int(ip_address(LAST_ADDRESS)) - int(ip_address(FIRST_ADDRESS)) + 1
USABLE6 = 124
"""Of the /64 that its IPv6 address is told with, a droplet is routed this much: 16 addresses."""


def allocate(account: Account) -> int:
    """The number of a free pair of addresses; one that was given back is used again last."""
    taken = {droplet["number"] for droplet in account.store.table("droplets").values()}
    for step in range(1, ADDRESSES + 1):
        number = (account.store.last_address + step) % ADDRESSES
        if number not in taken:
            account.store.last_address = number
            return number
    raise unprocessable("no free address in the lab's DigitalOcean")


def address4(droplet: Record) -> str:
    """Its public IPv4 address."""
    return str(ip_address(FIRST_ADDRESS) + droplet["number"])


def address6(droplet: Record) -> str:
    """Its public IPv6 address, whether enabled or not."""
    return f"2001:db8:300:{droplet['number'] + 1:x}::d001"


def networks(account: Account, droplet: Record) -> dict[str, list[dict[str, Any]]]:
    """The API's `networks`: a private address first, then the public ones; none while new.

    The private address is told, as at DigitalOcean, but the lab's machine has no such interface.
    """
    if droplet["status"] == "new":
        return {"v4": [], "v6": []}
    private = ip_network(account.get("vpcs", droplet["vpc_uuid"])["ip_range"])
    four = [
        {
            "ip_address": str(private[droplet["number"] + 2]),
            "netmask": str(private.netmask),
            "gateway": str(private[1]),
            "type": "private",
        },
        {
            "ip_address": address4(droplet),
            "netmask": "255.255.240.0",
            "gateway": "203.0.113.1",
            "type": "public",
        },
    ]
    six = {
        "ip_address": address6(droplet),
        "netmask": 64,
        "gateway": f"2001:db8:300:{droplet['number'] + 1:x}::1",
        "type": "public",
    }
    return {"v4": four, "v6": [six] if "ipv6" in droplet["features"] else []}
