"""Addresses: which are free, which are reserved, and what they point back to."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from lab.clouds.vultr.account import Account
from lab.clouds.vultr.errors import ApiError, invalid
from lab.clouds.vultr.store import Record

FIRST_ADDRESS, ADDRESSES = IPv4Address("203.0.113.64"), 32
"""Vultr's part of the lab's internet; every cloud has its own."""
PREFIX6 = 64
_INTERFACE6 = 0x5400_00FF_FE00_0000
"""The host's part of an IPv6 address, as if from the network card's own number."""


def allocate(account: Account, version: str) -> str:
    """The next free address (`v4`) or network (`v6`, without its prefix length).

    An address that was given back is used again last, as in a large pool.
    """
    taken = {_network(each) for each in account.store.table("instances").values()}
    taken |= {each["subnet"] for each in account.store.table("reserved_ips").values()}
    if version == "v4":
        taken |= {each["main_ip"] for each in account.store.table("instances").values()}
    for step in range(1, ADDRESSES + 1):
        number = (account.store.last_address.get(version, -1) + step) % ADDRESSES
        found = str(FIRST_ADDRESS + number) if version == "v4" else f"2001:db8:200:{number + 1:x}::"
        if found not in taken:
            account.store.last_address[version] = number
            return found
    raise ApiError(503, f"no free {version} address in the lab")


def _network(instance: Record) -> str:
    return str(instance["v6_network"])


def main_address6(network: str) -> str:
    """The instance's own address in its network."""
    base = IPv6Network(f"{network}/{PREFIX6}")
    piece = (int(base.network_address) >> PREFIX6) & 0xFFFF
    return str(base[_INTERFACE6 + piece])


def written6(network: str) -> str:
    """The instance's own address as the API tells it: with every zero."""
    return IPv6Address(main_address6(network)).exploded


def default_reverse(address: str) -> str:
    """What an IPv4 address points back to until it is told something else."""
    return f"{address}.vultrusercontent.com"


def expect_own(instance: Record, address: str, *, version: int) -> str:
    """The address in its plain form, if it is one of the instance's."""
    try:
        parsed = ip_address(address)
    except ValueError:
        raise invalid("Invalid IP address") from None
    if version == 4:  # noqa: PLR2004  # IP's version
        own = str(parsed) == instance["main_ip"]
    else:
        network = instance["v6_network"]
        own = bool(network) and parsed in ip_network(f"{network}/{PREFIX6}")
    if not own:
        raise invalid("IP address is not attached to this instance")
    return str(parsed)
