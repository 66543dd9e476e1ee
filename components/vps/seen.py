"""Whether the provider still shows the rented VPS of the last run to this token; asked in preview.

The engine cannot tell: to another project's token a server that runs is as unknown as one that is
deleted.
"""

from collections.abc import Mapping
from typing import Any

import pulumi

from components.vps.api import Api, NotThereError
from components.vps.endpoints import ENDPOINTS
from settings import (
    AnyRentedServer,
    DigitalOceanServer,
    ExistingServer,
    HcloudServer,
    LinodeServer,
    ServerSettings,
    VultrServer,
)
from settings.credentials import token_of

FORGET = (
    "pulumi state delete \"$(pulumi stack --show-urns | grep -o 'urn:.*vultr:index/instance.*')\""
)
"""What makes Pulumi forget an instance of Vultr."""


def warn_of_unseen(server: ServerSettings, recorded: Mapping[str, Any]) -> None:
    """Say so where it is not shown. Who does not answer has been told, or stops nothing.

    Args:
        server: Its settings.
        recorded: The outputs of the stack's last run.
    """
    number = str(recorded.get("serverId") or "")
    provider = (recorded.get("server") or {}).get("provider")
    if isinstance(server, ExistingServer) or not number or provider != server.provider:
        return
    api = Api(endpoint=ENDPOINTS[provider], token=token_of(provider), remedy="")
    try:
        api.get(f"{_servers(server)}/{number}")
    except NotThereError:
        pulumi.log.warn(
            f"{api.endpoint.provider} shows this token no server {number}, the VPS of the last "
            "run: it was deleted in the console, or the token is another project's or account's. "
            + _way_on(server)
        )
    except pulumi.RunError:
        return


def _way_on(server: AnyRentedServer) -> str:
    """What to do about it, and what not to do before that is known."""
    if isinstance(server, VultrServer):
        # Its plugin knows a deleted instance by words that Vultr does not use any more.
        return (
            "If it was deleted, Vultr's plugin ends pulumi up --refresh and pulumi destroy in an "
            "error all the same. Run pulumi destroy, which takes away all that needs the VPS, then "
            f"{FORGET}, then pulumi destroy again; or, with another server.provider, pulumi up in "
            "the place of both. If it was not, set the right token first: Pulumi would forget a "
            "VPS that goes on costing"
        )
    return (
        "If it was deleted: pulumi up --refresh, or pulumi destroy --refresh. If it was not, set "
        "the right token first: with this one the former would rent a second VPS, and the latter "
        "take the first for deleted while it goes on costing"
    )


def _servers(server: AnyRentedServer) -> str:
    """Below which path the provider shows its servers."""
    match server:
        case HcloudServer():
            return "/servers"
        case LinodeServer():
            return "/linode/instances"
        case VultrServer():
            return "/instances"
        case DigitalOceanServer():
            return "/droplets"
