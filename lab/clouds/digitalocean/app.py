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

from lab.clouds.digitalocean.account import Account
from lab.clouds.digitalocean.catalog_api import catalog_routes
from lab.clouds.digitalocean.droplet_actions import DropletActions
from lab.clouds.digitalocean.droplets import Droplets
from lab.clouds.digitalocean.errors import ApiError, not_found
from lab.clouds.digitalocean.events import Events
from lab.clouds.digitalocean.firewalls import Firewalls
from lab.clouds.digitalocean.ssh_keys import SshKeys
from lab.clouds.digitalocean.store import Store
from lab.clouds.digitalocean.tags import Tags
from lab.clouds.hetzner.rate_limit import RateLimit
from lab.machines import Machines

log = logging.getLogger(__name__)
REQUESTS_PER_HOUR = 5000
DROPLET_LIMIT = 25
ACTION_SECONDS = 0.3


def create_app(
    *,
    machines: Machines,
    tokens: frozenset[str],
    state_file: Path,
    requests_per_hour: int = REQUESTS_PER_HOUR,
    droplet_limit: int = DROPLET_LIMIT,
    action_seconds: float = ACTION_SECONDS,
) -> Starlette:
    """The API of one account, under /v2.

    tokens: any of them opens it. state_file: JSON; what it holds is there again after a restart.
    action_seconds: what each action takes besides its machine's work.
    """
    account = Account(
        store=Store(state_file),
        machines=machines,
        droplet_limit=droplet_limit,
        action_seconds=action_seconds,
    )
    events = Events(account)
    routes = [
        *SshKeys(account).routes(),
        *DropletActions(account, events).routes(),
        *Droplets(account, events).routes(),
        *Firewalls(account).routes(),
        *Tags(account).routes(),
        *catalog_routes(account),
    ]
    gate = Middleware(BaseHTTPMiddleware, dispatch=_gate(tokens, RateLimit(requests_per_hour)))
    handlers = {ApiError: _refused, 404: _unknown, 405: _unknown}
    return Starlette(
        routes=[Mount("/v2", routes=routes)], middleware=[gate], exception_handlers=handlers
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
            raise ApiError("Unauthorized", "Unable to authenticate you")
        if not limit.take():
            raise ApiError("too_many_requests", "API Rate limit exceeded.")
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
        response.headers.update(limit.headers())
        response.headers["x-request-id"] = secrets.token_hex(16)
        return response

    return dispatch


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)
    return error.response()


async def _unknown(_: Request, __: Exception) -> Response:
    return not_found().response()
