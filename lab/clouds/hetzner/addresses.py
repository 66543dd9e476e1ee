"""Addresses: which are free, what a server has of them, and what they point back to."""

from ipaddress import ip_address, ip_network

from lab.clouds.hetzner.errors import ApiError, invalid
from lab.clouds.hetzner.project import Project
from lab.clouds.hetzner.store import Record

FIRST_ADDRESS, LAST_ADDRESS = "203.0.113.16", "203.0.113.63"
"""Hetzner's part of the lab's internet; every cloud has its own."""
ADDRESSES = int(ip_address(LAST_ADDRESS)) - int(ip_address(FIRST_ADDRESS)) + 1


def allocate(project: Project, kind: str, location: str, **fields: object) -> Record:
    """A new primary IP of that kind (`ipv4`, `ipv6`) with the next free address.

    An address that was given back is used again last, as in a large pool.
    """
    table = project.store.table("primary_ips")
    taken = {each["ip"] for each in table.values()}
    for step in range(1, ADDRESSES + 1):
        number = (project.store.last_address.get(kind, -1) + step) % ADDRESSES
        ip = str(ip_address(FIRST_ADDRESS) + number)
        if kind == "ipv6":
            ip = f"2001:db8:100:{number + 1:x}::/64"
        if ip not in taken:
            project.store.last_address[kind] = number
            break
    else:
        raise ApiError("resource_unavailable", f"no free {kind} address in the lab")
    draft = {
        "ip": ip,
        "type": kind,
        "location": location,
        "name": None,
        "labels": {},
        "auto_delete": False,
        "assignee_id": None,
        "assignee_type": "server",
        "blocked": False,
        "protection": {"delete": False},
        "dns_ptr": {},
        **fields,
    }
    made = project.store.add("primary_ips", draft)
    made["name"] = made["name"] or f"primary_ip-{made['id']}"
    return made


def host_address(primary_ip: Record) -> str:
    """The address that the server itself has: of an IPv6 network the first one."""
    if primary_ip["type"] == "ipv4":
        return str(primary_ip["ip"])
    return str(ip_network(primary_ip["ip"])[1])


def pointers(primary_ip: Record) -> list[dict[str, str]]:
    """Reverse DNS entries; an IPv4 address always has one."""
    known = dict(primary_ip["dns_ptr"])
    if primary_ip["type"] == "ipv4":
        reverse = ".".join(reversed(primary_ip["ip"].split(".")))
        known.setdefault(primary_ip["ip"], f"static.{reverse}.clients.your-server.de")
    return [{"ip": ip, "dns_ptr": name} for ip, name in known.items()]


def point(primary_ip: Record, ip: str, name: str | None) -> None:
    """Set or (None) reset a reverse DNS entry."""
    try:
        inside = ip_address(ip) in ip_network(primary_ip["ip"])
    except ValueError:
        inside = False
    if not inside:
        raise invalid("ip", f"'{ip}' is not an address of {primary_ip['ip']}")
    primary_ip["dns_ptr"].pop(ip, None)
    if name is not None:
        primary_ip["dns_ptr"][ip] = name
