"""A VPS rented from Linode (Akamai)."""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi import ResourceOptions

from components.host import Boot, Host
from components.vps.api import Api
from components.vps.catalog import Catalog, Size
from components.vps.endpoints import LINODE
from settings import LinodeServer

NEEDS = {"Linodes", "Cloud Firewall", "Metadata"}  # of a region: Metadata carries the user data
PAGE_SIZE = 500
TAG_LENGTH = 50
MIB = 1024  # Linode tells disks in MiB


def linode_catalog(token: str | None) -> Catalog:
    """What Linode sells now; anybody may ask, but a token that is refused is told of early.

    Raises:
        pulumi.RunError: The token is refused, or nobody answers.
    """
    api = Api(
        endpoint=LINODE,
        token=token,
        remedy="set another with pulumi config set --secret linode:token",
    )
    regions = {
        place["id"]: place["label"]
        for place in _every(api, "/regions")
        if place["site_type"] == "core"
        and place["status"] == "ok"
        and set(place["capabilities"]) >= NEEDS
    }
    gone = {
        (each["region"], each["plan"])
        for each in _every(api, "/regions/availability")
        if not each["available"]
    }
    types = _every(api, "/linode/types")
    return Catalog(
        # The plans of distributed sites (the edge) are sold nowhere else.
        sizes={
            kind["id"]: _size(kind, regions, gone) for kind in types if "-edge-" not in kind["id"]
        },
        currency="USD",
        source="Linode API, /v4/linode/types, before tax",
        regions=regions,
    )


def _every(api: Api, path: str) -> list[dict[str, Any]]:
    """All pages of a list."""
    found: list[dict[str, Any]] = []
    page = pages = 1
    while page <= pages:
        answer = api.get(path, {"page": page, "page_size": PAGE_SIZE})
        found += answer["data"]
        pages = answer["pages"]
        page += 1
    return found


def _size(kind: Mapping[str, Any], regions: Mapping[str, str], gone: set[tuple[str, str]]) -> Size:
    """One type: some regions have a price of their own."""
    dearer = {price["id"]: price["monthly"] for price in kind.get("region_prices") or ()}
    prices = {
        region: dearer.get(region, kind["price"]["monthly"])
        for region in regions
        if (region, kind["id"]) not in gone
    }
    return Size(
        name=kind["id"],
        memory_mb=int(kind["memory"]),
        prices={region: float(price) for region, price in prices.items() if price is not None},
        deprecated=bool(kind.get("successor")),
        disk_gb=int(kind["disk"]) // MIB,
    )


def provision_linode(
    name: str, spec: LinodeServer, region: str, boot: Boot, parent: pulumi.Resource
) -> Host:
    """Rent the server, behind its firewall from its first packet on.

    Linode takes the login key as text, with the server: there is no key to register.
    """
    import pulumi_linode as linode  # noqa: PLC0415 - a third of a second, only for its users

    public_key = pulumi.Output.from_input(boot.identity.public_key).apply(str.strip)
    image = f"linode/{spec.image.replace('-', '')}"
    tags = [f"{key}:{value}"[:TAG_LENGTH] for key, value in boot.labels.items()]
    stack = boot.labels["stack"]
    firewall = linode.Firewall(
        f"{name}-firewall",
        label=public_key.apply(lambda key: label_of(stack, key)),
        tags=tags,
        inbound_policy="DROP",
        outbound_policy="ACCEPT",
        inbounds=[
            linode.FirewallInboundArgs(
                label=opened.name,
                action="ACCEPT",
                protocol="TCP",
                ports=str(opened.port),
                # Left out where there are none, as in the published provider's own tests.
                ipv4s=list(opened.sources4) or None,
                ipv6s=list(opened.sources6) or None,
            )
            for opened in boot.open_ports
        ],
        opts=ResourceOptions(
            parent=parent,
            # The server names its firewall, so that it is never without one. The firewall then
            # shows the server, which must not look like a change.
            ignore_changes=["linodes"],
        ),
    )
    server = linode.Instance(
        f"{name}-server",
        # Without a label: Linode chooses one. A label is one in the account, and a replacement of
        # the same key, image and region stands beside the old server for a while.
        tags=tags,
        type=spec.size,
        image=image,
        region=region,
        authorized_keys=[public_key],
        firewall_id=firewall.id.apply(int),
        # An account may prefer Linode's new interfaces, which take no firewall at this place.
        interface_generation="legacy_config",
        metadatas=[
            linode.InstanceMetadataArgs(
                user_data=boot.user_data.apply(
                    lambda plain: base64.b64encode(plain.encode()).decode()
                )
            )
        ],
        # Also after a change of its size, for which the provider switches it off.
        booted=True,
        opts=ResourceOptions(
            parent=parent,
            # Read at the first boot only: an edit must not replace a running server. What may
            # change later (server.authorized_keys) is set by the boot step.
            ignore_changes=["metadatas"],
            # Linode would move the server, which takes hours; a new one takes a minute.
            replace_on_changes=["region", *(["type"] if boot.replaces else [])],
        ),
    )
    return Host(
        address=server.ipv4s.apply(public_address),
        address6=server.ipv6.apply(lambda address: address.partition("/")[0]),
        user=spec.admin,
        host_key=boot.host_key,
        identity=boot.identity,
        # Another size reboots it: every step then looks at it again, and waits until it is back.
        machine_id=pulumi.Output.format("{0} {1}", server.id, server.type),
        machine=server,
        # Not by the property: it is about to go, and says so each time.
        disk_gb=pulumi.get(server, "disks").apply(disk_of),
    )


def label_of(stack: str, public_key: str) -> str:
    """A name for people that is one in the account: at most 32 characters, as firewalls have.

    Args:
        stack: Comes in readable.
        public_key: Of the stack's own; another one, another name.
    """
    readable = re.sub(r"[^a-z0-9]+", "-", stack.lower())[:16].strip("-") or "stack"
    return f"vps-{readable}-{hashlib.sha256(public_key.encode()).hexdigest()[:10]}"


def disk_of(disks: Sequence[Mapping[str, int]] | None) -> int:
    """What a server's disks take together, in GiB; a whole plan's while it is as it was rented."""
    return -(-sum(disk["size"] for disk in disks or ()) // MIB)


def public_address(addresses: Sequence[str]) -> str:
    """The one that visitors reach, of a server's IPv4 addresses in any order; "" without one.

    A private one, which a user may have added, is of 192.168.128.0/17.
    """
    return next((address for address in addresses if not address.startswith("192.168.")), "")
