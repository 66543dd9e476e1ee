"""The API as an ASGI application: who may ask, how often, and how errors are told."""

import logging
import re
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount

from lab.clouds.linode.account import Account
from lab.clouds.linode.catalog_api import PUBLIC, catalog_routes
from lab.clouds.linode.disks import Disks
from lab.clouds.linode.errors import BROKEN, TOO_MANY, UNAUTHORIZED, ApiError, not_found
from lab.clouds.linode.event_api import event_routes
from lab.clouds.linode.events import Events
from lab.clouds.linode.firewalls import Firewalls
from lab.clouds.linode.instance_actions import InstanceActions
from lab.clouds.linode.instances import Instances
from lab.clouds.linode.networking import Networking
from lab.clouds.linode.power import Power
from lab.clouds.linode.profile import Profile
from lab.clouds.linode.rate_limit import REQUESTS_PER_MINUTE, RateLimit
from lab.clouds.linode.store import Store
from lab.clouds.linode.tags import Tags
from lab.machines import Machines

log = logging.getLogger(__name__)
EVENT_SECONDS = 0.3
INSTANCE_LIMIT = 10
VERSIONS = ("v4", "v4beta")


def create_app(
    *,
    machines: Machines,
    tokens: frozenset[str],
    state_file: Path,
    requests_per_minute: int = REQUESTS_PER_MINUTE,
    instance_limit: int = INSTANCE_LIMIT,
    event_seconds: float = EVENT_SECONDS,
) -> Starlette:
    """The API of one account, under /v4 and, the same, /v4beta.

    tokens: any of them opens it. state_file: JSON; what it holds is there again after a restart.
    event_seconds: what each job takes besides its machine's work.
    """
    store = Store(state_file)
    account = Account(
        store=store,
        events=Events(store, delay=event_seconds),
        machines=machines,
        instance_limit=instance_limit,
    )
    power = Power(account)
    routes = [
        *event_routes(account),
        *Instances(account, power).routes(),
        *Disks(account).routes(),
        *Networking(account).routes(),
        *InstanceActions(account, power).routes(),
        *Firewalls(account).routes(),
        *Profile(account).routes(),
        *Tags(account).routes(),
        *catalog_routes(),
    ]
    gate = Middleware(BaseHTTPMiddleware, dispatch=_gate(tokens, RateLimit(requests_per_minute)))
    handlers = {ApiError: _refused, 404: _unknown, 405: _unknown}
    return Starlette(
        routes=[Mount(f"/{version}", routes=routes) for version in VERSIONS],
        middleware=[gate],
        exception_handlers=handlers,
    )


Handler = Callable[[Request], Awaitable[Response]]


def _allows(request: Request, tokens: frozenset[str]) -> bool:
    """Whether it carries a token; a few things are told without one, but not to a wrong one."""
    given = request.headers.get("Authorization")
    if given is None:
        path = re.sub(r"^/v4(beta)?", "", request.url.path)
        public = any(path == each or path.startswith(f"{each}/") for each in PUBLIC)
        return public and request.method == "GET"
    scheme, _, token = given.partition(" ")
    # Compare with every token, in constant time each.
    known = [secrets.compare_digest(token.encode(), each.encode()) for each in tokens]
    return scheme.lower() == "bearer" and any(known)


def _gate(
    tokens: frozenset[str], limit: RateLimit
) -> Callable[[Request, Handler], Awaitable[Response]]:
    async def answer(request: Request, handle: Handler) -> Response:
        if not _allows(request, tokens):
            raise ApiError(UNAUTHORIZED, ("", "Invalid Token"))
        if not limit.take():
            raise ApiError(TOO_MANY, ("", "Too many requests"))
        return await handle(request)

    async def dispatch(request: Request, handle: Handler) -> Response:
        try:
            response = await answer(request, handle)
        except ApiError as error:
            response = error.response()
        except Exception:
            log.exception("%s %s failed", request.method, request.url.path)
            broken = ApiError(BROKEN, ("", "Internal error of the lab's API; see its log"))
            response = broken.response()
        if response.status_code == TOO_MANY:
            response.headers["Retry-After"] = str(limit.wait())
        if response.status_code != UNAUTHORIZED:
            response.headers.update(limit.headers())
        response.headers["X-Spec-Version"] = "4.200.0"
        return response

    return dispatch


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return error.response()


async def _unknown(_: Request, __: Exception) -> Response:
    return not_found().response()
