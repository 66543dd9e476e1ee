"""Read-only endpoints: what can be rented, the account, and kinds the lab has none of."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.digitalocean.account import Account
from lab.clouds.digitalocean.catalog import IMAGES, REGIONS, SIZES
from lab.clouds.digitalocean.errors import not_found
from lab.clouds.digitalocean.listing import listing

EMPTY = (
    "certificates", "domains", "floating_ips", "load_balancers", "projects", "reserved_ips",
    "reserved_ipv6", "snapshots", "volumes",
)  # fmt: skip
"""Kinds that exist at DigitalOcean and that an account of the lab has none of."""


def catalog_routes(account: Account) -> list[Route]:
    """Regions, sizes, images, the account, VPCs, and empty lists."""

    async def show_account(_: Request) -> Response:
        return JSONResponse({"account": _account(account)})

    async def vpcs(request: Request) -> Response:
        return listing(request, "vpcs", account.store.table("vpcs").values())

    async def vpc(request: Request) -> Response:
        return JSONResponse({"vpc": account.of("vpcs", request)})

    return [
        Route("/regions", _regions),
        Route("/sizes", _sizes),
        Route("/images", _images),
        Route("/images/{key}", _image),
        Route("/account", show_account),
        Route("/vpcs", vpcs),
        Route("/vpcs/{id}", vpc),
        *[Route(f"/{kind}", _nothing) for kind in EMPTY],
    ]


async def _regions(request: Request) -> Response:
    return listing(request, "regions", REGIONS.values())


async def _sizes(request: Request) -> Response:
    return listing(request, "sizes", SIZES.values())


async def _images(request: Request) -> Response:
    private = request.query_params.get("private", "").lower() == "true"
    none = private or request.query_params.get("type") == "application"
    return listing(request, "images", () if none else IMAGES)


async def _image(request: Request) -> Response:
    key = request.path_params["key"]
    for each in IMAGES:
        if key in (each["slug"], str(each["id"])):
            return JSONResponse({"image": each})
    raise not_found()


async def _nothing(request: Request) -> Response:
    return listing(request, request.url.path.rsplit("/", 1)[1], [])


def _account(account: Account) -> dict[str, object]:
    return {
        "droplet_limit": account.droplet_limit,
        "floating_ip_limit": 3,
        "reserved_ip_limit": 3,
        "volume_limit": 100,
        "email": "lab@example.com",
        "name": "Lab",
        "uuid": "b6fr89dbf6d9156cace5f3c78dc9851d957381ef",
        "email_verified": True,
        "status": "active",
        "status_message": "",
        "team": {"uuid": "5df3e3004a17e242b7c20ca6c9fc25b701a47ece", "name": "Lab"},
    }
