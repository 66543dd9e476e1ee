"""A server as the API shows it."""

from typing import Any

from lab.clouds.hetzner.addresses import pointers
from lab.clouds.hetzner.catalog import IMAGES, LOCATIONS, SERVER_TYPES, TIB
from lab.clouds.hetzner.firewalls import firewalls_of
from lab.clouds.hetzner.project import Project
from lab.clouds.hetzner.store import Record


def image_with(image_id: int) -> Record:
    """The image with that id."""
    return next(each for each in IMAGES if each["id"] == image_id)


def addresses_of(project: Project, server: Record) -> dict[str, Record]:
    """The server's primary IPs by kind (`ipv4`, `ipv6`)."""
    addresses = project.store.table("primary_ips").values()
    return {each["type"]: each for each in addresses if each["assignee_id"] == server["id"]}


def render_server(project: Project, server: Record) -> Record:
    """The JSON form of a server."""
    server_type = SERVER_TYPES[server["server_type"]]
    included = next(
        (
            p["included_traffic"]
            for p in server_type["prices"]
            if p["location"] == server["location"]
        ),
        TIB,
    )
    return {
        "id": server["id"],
        "name": server["name"],
        "status": server["status"],
        "created": server["created"],
        "public_net": _public_net(project, server),
        "private_net": [],
        "server_type": server_type,
        "location": LOCATIONS[server["location"]],
        "image": image_with(server["image"]),
        "iso": None,
        "rescue_enabled": False,
        "locked": server["locked"],
        "backup_window": server["backup_window"],
        "outgoing_traffic": 0,
        "ingoing_traffic": 0,
        "included_traffic": included,
        "protection": server["protection"],
        "labels": server["labels"],
        "volumes": [],
        "load_balancers": [],
        "primary_disk_size": server["primary_disk_size"],
        "placement_group": None,
    }


def _public_net(project: Project, server: Record) -> dict[str, Any]:
    addresses = addresses_of(project, server)
    net: dict[str, Any] = {"ipv4": None, "ipv6": None}
    for kind, primary_ip in addresses.items():
        names = pointers(primary_ip)
        net[kind] = {
            "id": primary_ip["id"],
            "ip": primary_ip["ip"],
            "blocked": False,
            "dns_ptr": names[0]["dns_ptr"] if kind == "ipv4" else names,
        }
    applied = [{"id": f["id"], "status": "applied"} for f in firewalls_of(project, server)]
    return {**net, "floating_ips": [], "firewalls": applied}
