"""What `POST /servers` asks for, checked against the catalog and the project."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lab.clouds.hetzner.catalog import BOOTABLE, EUROPE, IMAGES, LOCATIONS, SERVER_TYPES
from lab.clouds.hetzner.errors import ApiError, invalid, not_unique, unsupported
from lab.clouds.hetzner.project import Project
from lab.clouds.hetzner.store import Record
from lab.clouds.hetzner.validation import (
    USER_DATA_BYTES,
    flag,
    ids,
    labels_of,
    name_of,
    text,
)

NOT_OFFERED = ("networks", "volumes", "placement_group")


@dataclass(frozen=True, kw_only=True)
class ServerRequest:
    """A server that may be made.

    addresses: by kind (`ipv4`, `ipv6`) the primary IP to use, or None for a new one; a kind that is
    absent is not wanted. authorized_keys: public keys for root.
    """

    name: str
    server_type: Record
    image: Record
    location: str
    labels: dict[str, str]
    user_data: str
    authorized_keys: list[str]
    firewalls: list[Record]
    addresses: dict[str, Record | None]
    start: bool


def server_request(project: Project, body: dict[str, Any]) -> ServerRequest:
    """Check a request body; ApiError says what is wrong with it."""
    name = name_of(body, hostname=True)
    if "datacenter" in body:
        raise invalid("datacenter", "Unknown field; use location.")
    for field in NOT_OFFERED:
        if body.get(field):
            raise unsupported(field)
    server_type = server_type_of(body)
    image = image_of(body, server_type["architecture"])
    location = location_of(body, server_type)
    user_data = text(body, "user_data") or ""
    if len(user_data.encode()) > USER_DATA_BYTES:
        raise invalid("user_data", f"Longer than maximum length {USER_DATA_BYTES}.")
    found = ServerRequest(
        name=name,
        server_type=server_type,
        image=image,
        location=location,
        labels=labels_of(body),
        user_data=user_data,
        authorized_keys=[_key(project, key)["public_key"] for key in ids(body, "ssh_keys")],
        firewalls=_firewalls(project, body),
        addresses=_addresses(project, body, location),
        start=flag(body, "start_after_create", default=True),
    )
    flag(body, "automount", default=False)
    if project.named("servers", name):
        raise not_unique("server name is already used", "name")
    if len(project.store.table("servers")) >= project.server_limit:
        raise ApiError("resource_limit_exceeded", "server limit reached")
    expect_available(server_type, location)
    return found


def server_type_of(body: dict[str, Any]) -> Record:
    """The server type that the body names by id or name, if it can be ordered at all."""
    key = body.get("server_type")
    if key is None:
        raise invalid("server_type", "Missing data for required field.")
    found = next((t for t in SERVER_TYPES.values() if str(key) in (t["name"], str(t["id"]))), None)
    if found is None:
        raise invalid("server_type", f"server type '{key}' not found")
    end = found["deprecation"] and found["deprecation"]["unavailable_after"]
    if end and datetime.fromisoformat(end) <= datetime.now(UTC):
        raise invalid(
            "server_type",
            f"server type {found['name']} is deprecated and can no longer be ordered",
            message=f"server type {found['id']} is deprecated",
        )
    return found


def image_of(body: dict[str, Any], architecture: str) -> Record:
    """The image that the body names by id or name, for that architecture, bootable in the lab."""
    key = body.get("image")
    if key is None:
        raise invalid("image", "Missing data for required field.")
    found = [each for each in IMAGES if str(key) in (each["name"], str(each["id"]))]
    if not found:
        raise invalid("image", f"image '{key}' not found")
    fitting = [each for each in found if each["architecture"] == architecture]
    if not fitting:
        raise invalid("image", f"image '{key}' does not fit architecture {architecture}")
    if fitting[0]["name"] not in BOOTABLE:
        raise unsupported(f"image {fitting[0]['name']}: it boots {' and '.join(sorted(BOOTABLE))}")
    return fitting[0]


def location_of(body: dict[str, Any], server_type: Record) -> str:
    """The location asked for by id or name; else the first European one with the type in stock."""
    key = body.get("location")
    places = {each["name"]: each for each in server_type["locations"]}
    if key is None:
        stocked = [name for name in (*EUROPE, *places) if name in places]
        return next((str(name) for name in stocked if places[name]["available"]), str(stocked[0]))
    found = next((p for p in LOCATIONS.values() if str(key) in (p["name"], str(p["id"]))), None)
    if found is None:
        raise invalid("location", f"location '{key}' not found")
    if found["name"] not in places:
        raise invalid("location", "unsupported location for server type",
                      message="unsupported location for server type")  # fmt: skip
    return str(found["name"])


def expect_available(server_type: Record, location: str) -> None:
    """Refuse a type that is sold out there."""
    places = {each["name"]: each for each in server_type["locations"]}
    if not places[location]["available"]:
        raise ApiError("resource_unavailable", "error during placement")


def _key(project: Project, key: Any) -> Record:
    found = project.by_id_or_name("ssh_keys", key)
    if found is None:
        raise invalid("ssh_keys", f"SSH key '{key}' not found")
    return found


def _firewalls(project: Project, body: dict[str, Any]) -> list[Record]:
    found = []
    for item in body.get("firewalls") or []:
        key = item.get("firewall") if isinstance(item, dict) else None
        firewall = project.store.table("firewalls").get(key) if isinstance(key, int) else None
        if firewall is None:
            raise invalid("firewalls", f"firewall '{key}' not found")
        found.append(firewall)
    return found


def _addresses(project: Project, body: dict[str, Any], location: str) -> dict[str, Record | None]:
    net = body.get("public_net", {})
    if not isinstance(net, dict):
        raise invalid("public_net", "Not a valid mapping type.")
    wanted: dict[str, Record | None] = {}
    for kind in ("ipv4", "ipv6"):
        if not flag(net, f"enable_{kind}", default=True):
            continue
        wanted[kind] = None
        if net.get(kind) is not None:
            given = project.get("primary_ips", net[kind])
            if given["type"] != kind:
                raise ApiError("primary_ip_version_mismatch", f"primary IP is not an {kind}")
            if given["assignee_id"] is not None:
                raise ApiError("primary_ip_assigned", "primary IP is already assigned")
            if given["location"] != location:
                raise ApiError(
                    "primary_ip_datacenter_mismatch", f"primary IP is in {given['location']}"
                )
            wanted[kind] = given
    return wanted
