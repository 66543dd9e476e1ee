"""The endpoints under /account/events."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.linode.account import Account
from lab.clouds.linode.listing import listing

MARKS = ("seen", "read")


def event_routes(account: Account) -> list[Route]:
    """All events, each by its id, and marking them."""
    table = account.store.table("events")

    async def index(request: Request) -> Response:
        newest_first = sorted(table.values(), key=lambda event: int(event["id"]), reverse=True)
        return listing(request, newest_first)

    async def show(request: Request) -> Response:
        return JSONResponse(account.of("events", request))

    async def mark(request: Request) -> Response:
        """Up to and including that event."""
        last, name = account.of("events", request)["id"], request.path_params["mark"]
        for event in table.values():
            if event["id"] <= last and name in MARKS:
                event[name] = True
        account.store.save()
        return JSONResponse({})

    return [
        Route("/account/events", index),
        Route("/account/events/{id:int}", show),
        Route("/account/events/{id:int}/{mark}", mark, methods=["POST"]),
    ]
