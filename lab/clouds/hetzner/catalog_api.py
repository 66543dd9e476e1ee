"""Read-only endpoints: what can be rented, how far actions are, and kinds the lab has none of."""

from collections.abc import Callable, Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.hetzner.catalog import IMAGES, LOCATIONS, SERVER_TYPES, pricing
from lab.clouds.hetzner.errors import ApiError, not_found
from lab.clouds.hetzner.listing import listing
from lab.clouds.hetzner.project import Project
from lab.clouds.hetzner.store import Record

EMPTY = (
    "certificates", "floating_ips", "isos", "load_balancer_types", "load_balancers", "networks",
    "placement_groups", "volumes", "zones",
)  # fmt: skip
"""Kinds that exist at Hetzner and that a project of the lab has none of."""

ACTION_SORTS = ("id", "command", "status", "started", "finished")
REMOVED = "https://docs.hetzner.cloud/changelog#2026-06-02-datacenters-deprecated"


def catalog_routes() -> list[Route]:
    """Locations, server types, images, prices; datacenters are gone since 2026-10-01."""
    return [
        *_fixed("locations", "location", LOCATIONS.values(), filters=("name",)),
        *_fixed("server_types", "server_type", SERVER_TYPES.values(), filters=("name",)),
        Route("/images", _images),
        *_fixed("images", "image", IMAGES)[1:],
        Route("/pricing", _pricing),
        Route("/datacenters", _datacenters),
        Route("/datacenters/{id}", _datacenters),
        *[route for kind in EMPTY for route in _fixed(kind, kind.removesuffix("s"), ())],
    ]


def _fixed(
    kind: str, one: str, records: Iterable[Record], *, filters: tuple[str, ...] = ()
) -> list[Route]:
    async def index(request: Request) -> Response:
        return listing(request, kind, records, filters=filters)

    async def show(request: Request) -> Response:
        key = request.path_params["id"]
        found = next((each for each in records if each["id"] == key), None)
        if found is None:
            raise not_found(one.replace("_", " "), key)
        return JSONResponse({one: found})

    return [Route(f"/{kind}", index), Route(f"/{kind}/{{id:int}}", show)]


async def _images(request: Request) -> Response:
    deprecated = request.query_params.get("include_deprecated", "").lower() == "true"
    shown = [each for each in IMAGES if deprecated or each["deprecation"] is None]
    filters = ("name", "type", "status", "architecture", "bound_to")
    return listing(request, "images", shown, filters=filters)


async def _pricing(_: Request) -> Response:
    return JSONResponse({"pricing": pricing()})


async def _datacenters(_: Request) -> Response:
    raise ApiError(
        "deprecated_api_endpoint", "API functionality was removed", {"announcement": REMOVED}
    )


def action_routes(project: Project) -> list[Route]:
    """Actions: all, those of a kind of resource, those of one resource, and each by id."""
    table = project.store.table("actions")

    def among(request: Request, kind: str | None) -> list[Record]:
        key = request.path_params.get("resource")
        if kind is not None and key is not None:
            project.get(f"{kind}s", key)
        return [
            action
            for action in table.values()
            if kind is None
            or any(r["type"] == kind and key in (None, r["id"]) for r in action["resources"])
        ]

    def handlers(kind: str | None) -> tuple[Callable[..., Any], Callable[..., Any]]:
        async def index(request: Request) -> Response:
            filters = ("id", "status")
            found = among(request, kind)
            return listing(request, "actions", found, filters=filters, sorts=ACTION_SORTS)

        async def show(request: Request) -> Response:
            key = request.path_params["id"]
            found = next((each for each in among(request, kind) if each["id"] == key), None)
            if found is None:
                raise not_found("action", key)
            return JSONResponse({"action": found})

        return index, show

    index, show = handlers(None)
    found = [Route("/actions", index), Route("/actions/{id:int}", show)]
    for kind in ("server", "firewall", "primary_ip"):
        index, show = handlers(kind)
        for prefix in (f"/{kind}s", f"/{kind}s/{{resource:int}}"):
            found += [
                Route(f"{prefix}/actions", index),
                Route(f"{prefix}/actions/{{id:int}}", show),
            ]
    return found
