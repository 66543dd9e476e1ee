"""A VPS rented from Hetzner Cloud."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pulumi
import pulumi_hcloud as hcloud
from pulumi import ResourceOptions

from components.host import Boot, Host
from components.vps.api import Api
from components.vps.catalog import Catalog, Size
from components.vps.endpoints import HCLOUD
from settings import HcloudServer

PAGE = 50  # the most that one answer holds


def hcloud_catalog(token: str | None, now: datetime | None = None) -> Catalog:
    """What Hetzner Cloud sells now. Its Pulumi SDK has no prices, so the API is asked itself.

    Args:
        token: Of the project.
        now: Whose announced ends have come; left out, it is this moment.

    Raises:
        pulumi.RunError: The token is refused, or nobody answers.
    """
    api = Api(
        endpoint=HCLOUD,
        token=token,
        remedy="set another with pulumi config set --secret hcloud:token",
    )
    types, places = _all(api, "server_types"), _all(api, "locations")
    pricing = api.get("/pricing")["pricing"]
    addresses = _prices_of_ipv4(pricing)
    return Catalog(
        sizes={kind["name"]: _size(kind, addresses, now or datetime.now(UTC)) for kind in types},
        # Of the project's owner: so are the prices of the types, which do not say it.
        currency=pricing["currency"],
        source="Hetzner Cloud API, /v1/server_types and /v1/pricing, with an IPv4 address, "
        "net of tax",
        regions={place["name"]: f"{place['city']}, {place['country']}" for place in places},
    )


def _all(api: Api, kind: str) -> list[Mapping[str, Any]]:
    """Every entry of a list that comes in pages."""
    found: list[Mapping[str, Any]] = []
    page: int | None = 1
    while page is not None:
        answer = api.get(f"/{kind}", {"page": page, "per_page": PAGE})
        found += answer[kind]
        page = answer["meta"]["pagination"]["next_page"]
    return found


def _prices_of_ipv4(pricing: Mapping[str, Any]) -> Mapping[str, Decimal]:
    """What an IPv4 address costs a month in each location: the price of a server is without it."""
    return {
        price["location"]: Decimal(price["price_monthly"]["net"])
        for kind in pricing["primary_ips"]
        if kind["type"] == "ipv4"
        for price in kind["prices"]
    }


def _size(kind: Mapping[str, Any], addresses: Mapping[str, Decimal], now: datetime) -> Size:
    """One server type. It can be ordered where it is in stock and its end has not come."""
    prices = {
        price["location"]: float(
            Decimal(price["price_monthly"]["net"]) + addresses.get(price["location"], 0)
        )
        for price in kind["prices"]
    }
    places = kind["locations"]
    # What is sold out may come back tomorrow: that is no end.
    unended = [place for place in places if not (_has_ended(kind, now) or _has_ended(place, now))]
    orderable = {place["name"] for place in unended if place.get("available", True)}
    return Size(
        name=kind["name"],
        memory_mb=int(kind["memory"] * 1024),
        prices={region: price for region, price in prices.items() if region in orderable},
        deprecated=not unended,
        ending=frozenset(
            place["name"]
            for place in places
            if kind.get("deprecated") or kind.get("deprecation") or place.get("deprecation")
        ),
        arm=kind["architecture"] != "x86",
        disk_gb=int(kind["disk"]),
        kind=kind["architecture"],
    )


def _has_ended(sold: Mapping[str, Any], now: datetime) -> bool:
    """Whether the end of a type, or of one in a location, has come. It is announced before."""
    deprecation = sold.get("deprecation")
    if not deprecation:
        return False
    return datetime.fromisoformat(deprecation["unavailable_after"]) <= now


def provision_hcloud(
    name: str, spec: HcloudServer, region: str, boot: Boot, parent: pulumi.Resource
) -> Host:
    """Rent the server, with its login key and its firewall.

    Names are left to Pulumi: a replacement is built beside the old server, and two stacks in one
    account never clash.
    """
    opts = ResourceOptions(parent=parent)
    login_key = hcloud.SshKey(
        f"{name}-login",
        public_key=pulumi.Output.from_input(boot.identity.public_key).apply(str.strip),
        labels=boot.labels,
        opts=opts,
    )
    firewall = hcloud.Firewall(
        f"{name}-firewall",
        labels=boot.labels,
        rules=[
            hcloud.FirewallRuleArgs(
                direction="in",
                protocol="tcp",
                port=str(opened.port),
                source_ips=list(opened.sources),
            )
            for opened in boot.open_ports
        ],
        opts=opts,
    )
    server = hcloud.Server(
        f"{name}-server",
        server_type=spec.size,
        image=spec.image,
        location=region,
        # Without a key of its own a new server gets a root password, sent by e-mail.
        ssh_keys=[login_key.id],
        firewall_ids=[firewall.id.apply(int)],
        user_data=boot.user_data,
        # A disk that has grown can never shrink: a larger size could not be taken back.
        keep_disk=True,
        labels=boot.labels,
        opts=ResourceOptions(
            parent=parent,
            # Read at the first boot only: an edit must not replace a running server. What may
            # change later (server.authorized_keys) is set by the boot step.
            ignore_changes=["userData"],
            replace_on_changes=["serverType"] if boot.replaces else [],
        ),
    )
    return Host(
        address=server.ipv4_address,
        address6=server.ipv6_address,
        user=spec.admin,
        host_key=boot.host_key,
        identity=boot.identity,
        # Another size reboots it: every step then looks at it again, and waits until it is back.
        machine_id=pulumi.Output.concat(server.id, " ", server.server_type),
        machine=server,
        disk_gb=server.primary_disk_size,
    )
