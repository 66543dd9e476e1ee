"""Read-only endpoints, which need no token: regions, plans, availability, operating systems."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.vultr.catalog import OPERATING_SYSTEMS, PLANS, REGIONS, available_plans
from lab.clouds.vultr.errors import invalid
from lab.clouds.vultr.listing import listing

PLAN_TYPES = (
    "all", "vc2", "vdc", "vhf", "vhp", "voc", "voc-g", "voc-c", "voc-m", "voc-s", "vx1", "vcg",
)  # fmt: skip


def catalog_routes() -> list[Route]:
    """See the module."""
    return [
        Route("/regions", _regions),
        Route("/regions/{id}/availability", _availability),
        Route("/plans", _plans),
        Route("/os", _operating_systems),
        Route("/applications", _applications),
    ]


async def _regions(request: Request) -> Response:
    return listing(request, "regions", REGIONS.values())


async def _availability(request: Request) -> Response:
    region = request.path_params["id"]
    if region not in REGIONS:
        raise invalid("Invalid region.")
    names = [name for name in available_plans(region) if _is_of_type(name, request)]
    return JSONResponse({"available_plans": names})


async def _plans(request: Request) -> Response:
    return listing(
        request, "plans", [plan for plan in PLANS.values() if _is_of_type(plan["id"], request)]
    )


def _is_of_type(plan: str, request: Request) -> bool:
    wanted = request.query_params.get("type") or "all"
    if wanted not in PLAN_TYPES:
        raise invalid("Invalid plan type.")
    return wanted == "all" or plan.startswith(f"{wanted}-")


async def _operating_systems(request: Request) -> Response:
    return listing(request, "os", OPERATING_SYSTEMS.values())


async def _applications(request: Request) -> Response:
    return listing(request, "applications", ())
