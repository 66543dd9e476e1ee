"""The API as an ASGI application: who may ask, how often, and how errors are told."""

import secrets
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from lab.clouds.hetzner.actions import Actions
from lab.clouds.hetzner.catalog_api import action_routes, catalog_routes
from lab.clouds.hetzner.errors import STATUS, ApiError
from lab.clouds.hetzner.firewalls import Firewalls
from lab.clouds.hetzner.power import Power
from lab.clouds.hetzner.primary_ips import PrimaryIps
from lab.clouds.hetzner.project import Project
from lab.clouds.hetzner.rate_limit import REQUESTS_PER_HOUR, RateLimit
from lab.clouds.hetzner.server_actions import ServerActions
from lab.clouds.hetzner.servers import Servers
from lab.clouds.hetzner.ssh_keys import SshKeys
from lab.clouds.hetzner.store import Store
from lab.clouds.service import SEE_LOG, Manners, carries_token, serve
from lab.machines import Machines

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
    return serve({"/v1": routes}, _manners(tokens, RateLimit(requests_per_hour)))


def _manners(tokens: frozenset[str], limit: RateLimit) -> Manners:
    def admit(request: Request) -> None:
        if not carries_token(request, tokens):
            raise ApiError("unauthorized", "unable to authenticate")
        if not limit.take():
            raise ApiError("rate_limit_exceeded", "limit of requests per hour reached")

    def finish(response: Response) -> None:
        if response.status_code != STATUS["unauthorized"]:
            response.headers.update(limit.headers())
        response.headers["X-Correlation-Id"] = secrets.token_hex(8)

    return Manners(
        admit=admit, unknown=_unknown, broken=ApiError("server_error", SEE_LOG), finish=finish
    )


def _unknown(request: Request) -> ApiError:
    return ApiError("not_found", f"{request.method} {request.url.path} not found")
