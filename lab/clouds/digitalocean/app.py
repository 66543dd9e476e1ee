"""The API as an ASGI application: who may ask, how often, and how errors are told."""

import secrets
from collections.abc import Mapping
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from lab.clouds.digitalocean.account import Account
from lab.clouds.digitalocean.catalog_api import catalog_routes
from lab.clouds.digitalocean.droplet_actions import DropletActions
from lab.clouds.digitalocean.droplets import Droplets
from lab.clouds.digitalocean.errors import ApiError, not_found
from lab.clouds.digitalocean.events import Events
from lab.clouds.digitalocean.firewalls import Firewalls
from lab.clouds.digitalocean.scopes import refuse_beyond
from lab.clouds.digitalocean.ssh_keys import SshKeys
from lab.clouds.digitalocean.store import Store
from lab.clouds.digitalocean.tags import Tags
from lab.clouds.hetzner.rate_limit import RateLimit
from lab.clouds.service import SEE_LOG, Manners, carries_token, serve
from lab.machines import Machines

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
    scopes: Mapping[str, frozenset[str]] | None = None,
) -> Starlette:
    """The API of one account, under /v2.

    tokens: any of them opens it. scopes: of the tokens that may not do everything, as
    "droplet:create". state_file: JSON; what it holds is there again after a restart.
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
    return serve({"/v2": routes}, _manners(tokens, scopes or {}, RateLimit(requests_per_hour)))


def _manners(
    tokens: frozenset[str], scopes: Mapping[str, frozenset[str]], limit: RateLimit
) -> Manners:
    def admit(request: Request) -> None:
        if not carries_token(request, tokens):
            raise ApiError("Unauthorized", "Unable to authenticate you")
        if not limit.take():
            raise ApiError("too_many_requests", "API Rate limit exceeded.")
        refuse_beyond(scopes, request)

    def finish(response: Response) -> None:
        response.headers.update(limit.headers())
        response.headers["x-request-id"] = secrets.token_hex(16)

    return Manners(
        admit=admit,
        unknown=lambda _: not_found(),
        broken=ApiError("server_error", SEE_LOG),
        finish=finish,
    )
