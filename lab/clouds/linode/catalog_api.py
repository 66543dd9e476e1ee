"""Read-only endpoints: what can be rented, the account, and kinds that the lab has none of."""

from collections.abc import Iterable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.linode.catalog import IMAGES, KERNELS, TYPES
from lab.clouds.linode.errors import not_found
from lab.clouds.linode.listing import listing
from lab.clouds.linode.regions import REGIONS, availability

PUBLIC = ("/linode/types", "/regions", "/linode/kernels")
"""Anybody may ask for these, and what is under them."""

EMPTY = (
    "/account/maintenance", "/account/notifications", "/domains", "/linode/stackscripts",
    "/linode/types-legacy", "/lke/clusters", "/networking/ipv6/pools", "/networking/vlans",
    "/nodebalancers", "/object-storage/buckets", "/placement/groups", "/volumes", "/vpcs",
)  # fmt: skip
"""Kinds that exist at Linode and that an account of the lab has none of."""

SETTINGS = {
    "managed": False,
    "longview_subscription": None,
    "network_helper": True,
    "backups_enabled": False,
    "object_storage": "disabled",
    "interfaces_for_new_linodes": "legacy_config_default_but_linode_allowed",
    "maintenance_policy": "linode/migrate",
}
ACCOUNT = {
    "euuid": "1AB1AB1A-1AB1-AB1A-1AB11AB11AB11AB1",
    "email": "lab@example.com",
    "first_name": "Lab",
    "last_name": "Lab",
    "company": "",
    "country": "DE",
    "balance": 0,
    "capabilities": ["Linodes", "Cloud Firewall", "Metadata", "Linode Interfaces"],
    "active_since": "2026-01-01T00:00:00",
}


def catalog_routes() -> list[Route]:
    """Types, regions, images, kernels; the account; empty kinds."""
    return [
        *_fixed("/linode/types", TYPES),
        *_fixed("/linode/kernels", KERNELS),
        Route("/regions/availability", _availability),
        Route("/regions/{id}/availability", _availability_of),
        *_fixed("/regions", REGIONS),
        *_fixed("/images", IMAGES),
        Route("/account", _constant(ACCOUNT)),
        Route("/account/settings", _constant(SETTINGS)),
        *[route for path in EMPTY for route in _fixed(path, {})],
    ]


def _fixed(path: str, records: Mapping[str, Mapping[str, Any]]) -> list[Route]:
    async def index(request: Request) -> Response:
        return listing(request, records.values())

    async def show(request: Request) -> Response:
        # Identifiers have slashes in them: linode/debian13.
        found = records.get(request.path_params["id"])
        if found is None:
            raise not_found()
        return JSONResponse(found)

    return [Route(path, index), Route(f"{path}/{{id:path}}", show)]


def _constant(record: Mapping[str, Any]) -> Any:
    async def show(_: Request) -> Response:
        return JSONResponse(record)

    return show


def _every_availability() -> Iterable[Mapping[str, Any]]:
    for region in REGIONS:
        yield from availability(region)


async def _availability(request: Request) -> Response:
    return listing(request, _every_availability())


async def _availability_of(request: Request) -> Response:
    region = request.path_params["id"]
    if region not in REGIONS:
        raise not_found()
    return JSONResponse(availability(region))
