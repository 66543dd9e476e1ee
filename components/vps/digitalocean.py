"""A VPS rented from DigitalOcean."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pulumi
import pulumi_digitalocean as digitalocean
from pulumi import ResourceOptions

from components.host import Boot, Host
from components.ports import EVERYWHERE
from components.vps.api import Api
from components.vps.catalog import Catalog, Size
from components.vps.endpoints import DIGITALOCEAN
from settings import DigitalOceanServer

PAGE = 200  # the most that one answer holds
ALL_PORTS = "1-65535"


def digitalocean_catalog(token: str | None) -> Catalog:
    """What DigitalOcean sells now.

    Raises:
        pulumi.RunError: The token is refused, or nobody answers.
    """
    api = Api(
        endpoint=DIGITALOCEAN,
        token=token,
        remedy="set another with pulumi config set --secret digitalocean:token",
    )
    regions = {region["slug"]: region for region in _all(api, "regions")}
    closed = {slug for slug, region in regions.items() if not region["available"]}
    return Catalog(
        sizes={size["slug"]: _size(size, closed) for size in _all(api, "sizes") if _fits(size)},
        currency="USD",
        source="DigitalOcean API, /v2/sizes, without tax",
        regions={slug: region["name"] for slug, region in regions.items()},
    )


def _all(api: Api, kind: str) -> Iterator[Mapping[str, Any]]:
    """Every entry of a list that comes in pages."""
    page, seen, total = 1, 0, 1
    while seen < total:
        answer = api.get(f"/{kind}", {"per_page": PAGE, "page": page})
        if not answer[kind]:
            return
        yield from answer[kind]
        page, seen, total = page + 1, seen + len(answer[kind]), answer["meta"]["total"]


def _fits(size: Mapping[str, Any]) -> bool:
    """Whether a size runs the plain images: those with a graphics card need their own."""
    return not size.get("gpu_info")


def _size(size: Mapping[str, Any], closed: set[str]) -> Size:
    """One size. What is sold out in a region is not listed there."""
    price = float(size["price_monthly"])
    return Size(
        name=size["slug"],
        memory_mb=int(size["memory"]),
        prices={
            region: price
            for region in size["regions"]
            if size["available"] and region not in closed
        },
        deprecated=not size["available"],
        disk_gb=int(size["disk"]),
    )


def provision_digitalocean(
    name: str, spec: DigitalOceanServer, region: str, boot: Boot, parent: pulumi.Resource
) -> Host:
    """Rent the droplet, with its login key, its firewall and the tag that joins the two.

    Names are left to Pulumi: a replacement is built beside the old droplet, and two stacks in one
    account never clash.
    """
    opts = ResourceOptions(parent=parent)
    login_key = digitalocean.SshKey(
        f"{name}-login",
        public_key=pulumi.Output.from_input(boot.identity.public_key).apply(str.strip),
        opts=opts,
    )
    # Its logical name is what the tag is called, with a suffix of Pulumi's: the firewall covers
    # whatever has the tag, so that no other stack may have the same.
    tag = digitalocean.Tag(tag_name(boot.labels), opts=opts)
    firewall = digitalocean.Firewall(
        f"{name}-firewall",
        # By tag and not by droplet: each one, a replacement too, is born behind it.
        tags=[tag.name],
        inbound_rules=[
            digitalocean.FirewallInboundRuleArgs(
                protocol="tcp",
                port_range=str(opened.port),
                source_addresses=list(opened.sources),
            )
            for opened in boot.open_ports
        ],
        outbound_rules=_everything_out(),
        opts=opts,
    )
    droplet = digitalocean.Droplet(
        f"{name}-server",
        size=spec.size,
        image=f"{spec.image}-x64",
        region=region,
        # Without a key of its own a new droplet gets a root password, sent by e-mail.
        ssh_keys=[login_key.id],
        ipv6=True,
        tags=[tag.name],
        user_data=boot.user_data,
        # A disk that has grown can never shrink: a larger size could not be taken back.
        resize_disk=False,
        # DigitalOcean's console agent would be one more way in.
        droplet_agent=False,
        opts=ResourceOptions(
            parent=parent,
            depends_on=[firewall],
            # Read at the first boot only: an edit must not replace a running droplet. What may
            # change later (server.authorized_keys) is set by the boot step.
            ignore_changes=["userData"],
            replace_on_changes=["size"] if boot.replaces else [],
        ),
    )
    return Host(
        address=droplet.ipv4_address,
        address6=droplet.ipv6_address,
        user=spec.admin,
        host_key=boot.host_key,
        identity=boot.identity,
        # Another size reboots it: every step then looks at it again, and waits until it is back.
        machine_id=pulumi.Output.concat(droplet.id, " ", droplet.size),
        machine=droplet,
        disk_gb=droplet.disk,
    )


def tag_name(labels: Mapping[str, str]) -> str:
    """The labels as one tag: lower case letters, digits, colons, dashes and underscores only."""
    return ":".join(re.sub(r"[^a-z0-9_-]", "-", value.lower()) for value in labels.values())


def _everything_out() -> list[digitalocean.FirewallOutboundRuleArgs]:
    """DigitalOcean's firewalls let nothing out that no rule names."""
    ports = {"tcp": ALL_PORTS, "udp": ALL_PORTS, "icmp": None}
    return [
        digitalocean.FirewallOutboundRuleArgs(
            protocol=protocol, port_range=port_range, destination_addresses=list(EVERYWHERE)
        )
        for protocol, port_range in ports.items()
    ]
