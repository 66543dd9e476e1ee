"""Addresses: which are free, what a Linode has of them, and how the API shows them."""

from ipaddress import IPv4Address, IPv6Address

from lab.clouds.linode.account import Account
from lab.clouds.linode.errors import invalid
from lab.clouds.linode.store import Record

FIRST_ADDRESS, ADDRESSES = IPv4Address("203.0.113.128"), 64
NETWORK6 = IPv6Address("2001:db8:400:0:f03c:95ff:fe00:0")
PRIVATE = IPv4Address("192.168.128.0")
GATEWAY, GATEWAY6 = "203.0.113.129", "fe80::1"
PREFIX = 24


def allocate(account: Account, instance: Record, *, public: bool = True) -> Record:
    """A new IPv4 address for a Linode: the next free one.

    An address that was given back is used again last, as in a large pool.
    """
    store, table = account.store, account.store.table("addresses")
    taken = {each["number"] for each in table.values() if each["public"] is public}
    for step in range(1, ADDRESSES + 1):
        number = (store.last_address + step) % ADDRESSES
        if number not in taken:
            break
    else:
        raise invalid("", "No free address in the lab")
    if public:
        store.last_address = number
    first = FIRST_ADDRESS if public else PRIVATE + 1
    draft = {
        "label": "",
        "instance": instance["id"],
        "region": instance["region"],
        "public": public,
        "number": number,
        "address": str(first + number),
        "rdns": None,
    }
    return store.add("addresses", draft)


def address6_of(account: Account, instance: Record) -> str:
    """The address that a Linode makes for itself in its region's network (SLAAC)."""
    first = next((a for a in account.parts("addresses", instance) if a["public"]), None)
    number = 0 if first is None else first["number"]
    return str(NETWORK6 + number + 1)


def render_address(address: Record) -> Record:
    """The JSON form of an IPv4 address."""
    public = address["public"]
    name = f"{address['address'].replace('.', '-')}.ip.linodeusercontent.com"
    return {
        "address": address["address"],
        "gateway": GATEWAY if public else None,
        "subnet_mask": "255.255.255.0" if public else "255.255.128.0",
        "prefix": PREFIX if public else 17,
        "type": "ipv4",
        "public": public,
        "rdns": (address["rdns"] or name) if public else None,
        "linode_id": address["instance"],
        "interface_id": None,
        "region": address["region"],
        "vpc_nat_1_1": None,
        "reserved": False,
        "tags": [],
        "assigned_entity": None,
    }


def render_address6(account: Account, instance: Record, *, local: bool = False) -> Record:
    """The JSON form of a Linode's own IPv6 address, or its link-local one."""
    address = address6_of(account, instance)
    if local:
        address = str(IPv6Address("fe80::") + (int(IPv6Address(address)) & (2**64 - 1)))
    return {
        "address": address,
        "gateway": GATEWAY6,
        "subnet_mask": "ffff:ffff:ffff:ffff::",
        "prefix": 64,
        "type": "ipv6",
        "public": not local,
        "rdns": None if local else instance["rdns6"],
        "linode_id": instance["id"],
        "interface_id": None,
        "region": instance["region"],
    }
