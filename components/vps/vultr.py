"""A VPS rented from Vultr."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import ediri_vultr as vultr
import pulumi
from pulumi import ResourceOptions

from components.host import Boot, Host
from components.ports import EVERYWHERE
from components.vps.api import Api
from components.vps.catalog import Catalog, Size
from components.vps.endpoints import VULTR
from settings import VultrServer

OS_IDS = {"debian-12": 2136, "debian-13": 2625}
"""Image -> what Vultr calls it; these numbers never change."""
_ONLY_IPV6 = "-v6"  # such a plan has no IPv4 address, and the WSL host mostly has no IPv6
_NOT_FOR_ALL = "-free"  # one a person, on request
_GRAPHICS = "vcg"  # plans with a graphics card, which nothing here would use
_HOST_NAME_LENGTH = 63
PAGE = 500  # entries of a list at once
MOST_RULES = 50  # of a firewall group


def vultr_catalog(token: str | None, regions: Sequence[str] = ()) -> Catalog:
    """What Vultr sells now; the API tells it to everybody, without a key.

    Args:
        token: Where there is one it is tried: what is for sale would not show that it is wrong.
        regions: For these the API is asked for what is in stock; for the others it is taken at
            its word about where a plan is sold.

    Raises:
        pulumi.RunError: The key is refused, or nobody answers.
    """
    api = vultr_api(token)
    if token:
        api.get("/instances", {"per_page": 1})
    places = {place["id"]: place for place in _all(api, "/regions", "regions")}
    stock = {
        region: set(api.get(f"/regions/{region}/availability")["available_plans"])
        for region in regions
        if region in places
    }
    return Catalog(
        sizes={
            plan["id"]: _size(plan, stock) for plan in _all(api, "/plans", "plans") if _fits(plan)
        },
        currency="USD",
        source="Vultr API, /v2/plans",
        regions={key: f"{place['city']}, {place['country']}" for key, place in places.items()},
    )


def vultr_api(token: str | None) -> Api:
    """The API, asked with this key or without one."""
    return Api(
        endpoint=VULTR,
        token=token,
        remedy="allow this machine's address at my.vultr.com, Account, API, Access Control, or set "
        "another with pulumi config set --secret vultr:apiKey",
    )


def _all(api: Api, path: str, key: str) -> Iterator[Mapping[str, Any]]:
    """Every entry of a list that comes in pages."""
    params: dict[str, str | int] = {"per_page": PAGE}
    while True:
        page = api.get(path, params)
        yield from page[key]
        if not (following := page["meta"]["links"]["next"]):
            return
        params["cursor"] = following


def _fits(plan: Mapping[str, Any]) -> bool:
    """Whether a plan can be the VPS at all.

    One without a disk of its own boots from block storage, which the plugin cannot give it.
    """
    return (
        not plan["id"].endswith((_ONLY_IPV6, _NOT_FOR_ALL))
        and plan["type"] != _GRAPHICS
        and plan.get("deploy_ondemand", True)
        and plan["disk"] > 0
    )


def _size(plan: Mapping[str, Any], stock: Mapping[str, set[str]]) -> Size:
    # Regions that cost something else. There may be none, or no such field.
    special = plan.get("location_cost") or {}
    return Size(
        name=plan["id"],
        memory_mb=int(plan["ram"]),
        prices={
            region: float((special.get(region) or plan)["monthly_cost"])
            for region in plan["locations"]
            if region not in stock or plan["id"] in stock[region]
        },
        disk_gb=int(plan["disk"]),
        kind=plan["type"],
    )


def provision_vultr(
    name: str, spec: VultrServer, region: str, boot: Boot, parent: pulumi.Resource
) -> Host:
    """Rent the instance, with its login key and its firewall group.

    Nothing at Vultr needs a name of its own, so two stacks in one account never clash; names and
    tags only tell people whose it is.
    """
    opts = ResourceOptions(parent=parent)
    owner = "/".join(boot.labels.values())
    login_key = vultr.SSHKey(
        f"{name}-login",
        name=owner,
        ssh_key=pulumi.Output.from_input(boot.identity.public_key).apply(str.strip),
        opts=opts,
    )
    group = vultr.FirewallGroup(f"{name}-firewall", description=owner, opts=opts)
    rules = _rules(name, boot, group, opts)
    server = vultr.Instance(
        f"{name}-server",
        plan=spec.size,
        region=region,
        os_id=OS_IDS[spec.image],
        label=owner,
        hostname=_host_name(owner),
        ssh_key_ids=[login_key.id],
        firewall_group_id=group.id,
        enable_ipv6=True,
        # In clear: the provider's plugin encodes it.
        user_data=boot.user_data,
        # Vultr says "root" of every instance; unsaid here, that would look like a change.
        user_scheme="root",
        activation_email=False,
        tags=[f"{key}={value}" for key, value in boot.labels.items()],
        opts=ResourceOptions(
            parent=parent,
            # A group without rules lets nothing in: open first, close last.
            depends_on=rules,
            # Read at the first boot only: an edit must not replace a running server. What may
            # change later (server.authorized_keys) is set by the boot step.
            ignore_changes=["userData"],
            # The address of its console, which opens to whoever has it; the SDK has it in clear.
            additional_secret_outputs=["kvm"],
            replace_on_changes=["plan"] if boot.replaces else [],
        ),
    )
    return Host(
        address=server.main_ip,
        address6=server.v6_main_ip,
        user=spec.admin,
        host_key=boot.host_key,
        identity=boot.identity,
        # Another size reboots it: every step then looks at it again, and waits until it is back.
        machine_id=pulumi.Output.concat(server.id, " ", server.plan),
        machine=server,
        disk_gb=server.disk,
    )


def _rules(
    name: str, boot: Boot, group: vultr.FirewallGroup, opts: ResourceOptions
) -> list[vultr.FirewallRule]:
    """One rule for every port and source: at Vultr a rule has a single subnet.

    Not its source "cloudflare": such a rule reads back without its subnet, a change without end.
    """
    wanted = [(opened, source) for opened in boot.open_ports for source in opened.sources]
    if len(wanted) > MOST_RULES:
        raise pulumi.RunError(
            f"Vultr's firewall group takes {MOST_RULES} rules, and edge.mode needs {len(wanted)}: "
            "set edge.mode to direct, or rent from another provider"
        )
    return [
        vultr.FirewallRule(
            f"{name}-firewall-{opened.name}-{_rule_name(source)}",
            firewall_group_id=group.id,
            ip_type="v6" if ":" in source else "v4",
            protocol="tcp",
            port=str(opened.port),
            subnet=source.partition("/")[0],
            subnet_size=int(source.partition("/")[2]),
            notes=opened.name,
            opts=opts,
        )
        for opened, source in wanted
    ]


def _rule_name(source: str) -> str:
    """A CIDR as part of a name: "v4" and "v6" for everywhere."""
    if source in EVERYWHERE:
        return "v6" if ":" in source else "v4"
    return re.sub(r"[^0-9a-f]+", "-", source)


def _host_name(owner: str) -> str:
    """The owner as one label of a host name."""
    plain = re.sub(r"[^a-z0-9]+", "-", owner.lower())[:_HOST_NAME_LENGTH]
    return plain.strip("-")
