"""The API as an ASGI application, under /client/v4 as at api.cloudflare.com."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount

from lab.ca import ensure_ca
from lab.clouds.cloudflare.auth import Tokens
from lab.clouds.cloudflare.certificates import Certificates
from lab.clouds.cloudflare.envelope import ApiError, failure
from lab.clouds.cloudflare.published import ZoneState, publish
from lab.clouds.cloudflare.records import Records
from lab.clouds.cloudflare.rulesets import Rulesets
from lab.clouds.cloudflare.settings import Settings
from lab.clouds.cloudflare.state import Store
from lab.clouds.cloudflare.zones import Zones

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

BASE_PATH = "/client/v4"
EDGE_RANGES = ("198.51.100.0/26", "2001:db8:ed6e::/48")


def create_app(
    *,
    tokens: Mapping[str, Collection[str]],
    state_file: Path,
    on_change: Callable[[ZoneState], None],
    edge_ranges: Sequence[str] = EDGE_RANGES,
    **clock: Any,
) -> Starlette:
    """The API.

    `tokens` maps each token to its permissions (`auth.PERMISSIONS` is all of them).
    `on_change` is told the state at the start and after every change, on the event loop's thread:
    it must return at once. `state_file` is made when missing, and the Origin CA beside it.
    `clock=` replaces the monotonic clock of the request limit, for tests.
    """
    known = Tokens(tokens, **clock)
    origin_ca = ensure_ca(state_file.parent / "cloudflare-origin-ca", name="Lab Origin CA")
    store = Store(state_file, lambda zones: on_change(publish(zones, origin_ca.root_pem)))
    routes = [
        *Zones(store, known, edge_ranges).routes(),
        *Records(store, known).routes(),
        *Settings(store, known).routes(),
        *Rulesets(store, known).routes(),
        *Certificates(store, known, origin_ca).routes(),
    ]
    return Starlette(
        routes=[Mount(BASE_PATH, routes=routes)],
        exception_handlers={ApiError: failure, HTTPException: _no_route},
    )


async def _no_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 405:  # noqa: PLR2004 # the words of HTTP
        return failure(request, ApiError(405, 10405, "Method not allowed"))
    return failure(request, ApiError(404, 7000, "No route for that URI"))
