"""The API as an ASGI application: who may ask, how often, and how errors are told."""

import logging
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount

from lab.clouds.hetzner.actions import Actions
from lab.clouds.hetzner.catalog_api import action_routes, catalog_routes
from lab.clouds.hetzner.errors import ApiError
from lab.clouds.hetzner.firewalls import Firewalls
from lab.clouds.hetzner.power import Power
from lab.clouds.hetzner.primary_ips import PrimaryIps
from lab.clouds.hetzner.project import Project
from lab.clouds.hetzner.rate_limit import REQUESTS_PER_HOUR, RateLimit
from lab.clouds.hetzner.server_actions import ServerActions
from lab.clouds.hetzner.servers import Servers
from lab.clouds.hetzner.ssh_keys import SshKeys
from lab.clouds.hetzner.store import Store
from lab.machines import Machines

log = logging.getLogger(__name__)
ACTION_SECONDS = 0.3
SERVER_LIMIT = 10


def create_app(
    *,
    machines: Machines,
    tokens: frozenset[str],
    state_file: Path,
    requests_per_hour: int = REQUESTS_PER_HOUR,
    server_limit: int = SERVER_LIMIT,
    action_seconds: float = ACTION_SECONDS,
) -> Starlette:
    """The API of one project, under /v1.

    tokens: any of them opens it. state_file: JSON; what it holds is there again after a restart.
    action_seconds: what each action takes besides its machine's work.
    """
    store = Store(state_file)
    project = Project(
        store=store,
        actions=Actions(store, delay=action_seconds),
        machines=machines,
        server_limit=server_limit,
    )
    power = Power(project)
    routes = [
        *action_routes(project),
        *Servers(project, power).routes(),
        *ServerActions(project, power).routes(),
        *Firewalls(project).routes(),
        *PrimaryIps(project).routes(),
        *SshKeys(project).routes(),
        *catalog_routes(),
    ]
    gate = Middleware(BaseHTTPMiddleware, dispatch=_gate(tokens, RateLimit(requests_per_hour)))
    handlers = {ApiError: _refused, 404: _unknown, 405: _unknown}
    return Starlette(
        routes=[Mount("/v1", routes=routes)], middleware=[gate], exception_handlers=handlers
    )


Handler = Callable[[Request], Awaitable[Response]]


def _gate(
    tokens: frozenset[str], limit: RateLimit
) -> Callable[[Request, Handler], Awaitable[Response]]:
    async def answer(request: Request, handle: Handler) -> Response:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        # Compare with every token, in constant time each.
        known = [secrets.compare_digest(token.encode(), each.encode()) for each in tokens]
        if scheme.lower() != "bearer" or not any(known):
            raise ApiError("unauthorized", "unable to authenticate")
        if not limit.take():
            raise ApiError("rate_limit_exceeded", "limit of requests per hour reached")
        return await handle(request)

    async def dispatch(request: Request, handle: Handler) -> Response:
        try:
            response = await answer(request, handle)
        except ApiError as error:
            response = error.response()
        except Exception:
            log.exception("%s %s failed", request.method, request.url.path)
            broken = ApiError("server_error", "internal error of the lab's API; see its log")
            response = broken.response()
        if response.status_code != ApiError("unauthorized", "").status:
            response.headers.update(limit.headers())
        response.headers["X-Correlation-Id"] = secrets.token_hex(8)
        return response

    return dispatch


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return error.response()


async def _unknown(request: Request, _: Exception) -> Response:
    return ApiError("not_found", f"{request.method} {request.url.path} not found").response()
