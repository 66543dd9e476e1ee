"""The API as an ASGI application: who may ask, how often, and how errors are told."""

import re
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

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
from lab.clouds.service import SEE_LOG, Manners, carries_token, lies_below, serve
from lab.machines import Machines

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
    below = {f"/{version}": routes for version in VERSIONS}
    return serve(below, _manners(tokens, RateLimit(requests_per_minute)))


def _manners(tokens: frozenset[str], limit: RateLimit) -> Manners:
    def admit(request: Request) -> None:
        # A few things are told without a token, but not to a wrong one.
        unasked = "Authorization" not in request.headers and _is_public(request)
        if not unasked and not carries_token(request, tokens):
            raise ApiError(UNAUTHORIZED, ("", "Invalid Token"))
        if not limit.take():
            raise ApiError(TOO_MANY, ("", "Too many requests"))

    def finish(response: Response) -> None:
        if response.status_code == TOO_MANY:
            response.headers["Retry-After"] = str(limit.wait())
        if response.status_code != UNAUTHORIZED:
            response.headers.update(limit.headers())
        response.headers["X-Spec-Version"] = "4.200.0"

    return Manners(
        admit=admit,
        unknown=lambda _: not_found(),
        broken=ApiError(BROKEN, ("", SEE_LOG)),
        finish=finish,
    )


def _is_public(request: Request) -> bool:
    path = re.sub(r"^/v4(beta)?", "", request.url.path)
    return request.method == "GET" and lies_below(path, PUBLIC)
