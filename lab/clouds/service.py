"""What the clouds' APIs do alike: let a request in, answer it, and tell what went wrong.

Each tells it in words and a form of its own.
"""

from __future__ import annotations

import json
import logging
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.routing import Mount

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

log = logging.getLogger(__name__)
SEE_LOG = "internal error of the lab's API; see its log"


class Refusal(Exception):  # noqa: N818 # a cloud's own is its ApiError
    """A refused request."""

    def response(self) -> Response:
        """The answer, as the cloud tells it."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Manners:
    """How a cloud treats requests.

    Attributes:
        admit: Raises the refusal of a request that is not let in.
        unknown: The refusal of a path or method that there is not.
        broken: What is told when the API itself has failed; the log has why.
        finish: Adds to each answer what all of them carry.
    """

    admit: Callable[[Request], None]
    unknown: Callable[[Request], Refusal]
    broken: Refusal
    finish: Callable[[Response], None] = lambda _: None


def serve(routes: Mapping[str, Sequence[BaseRoute]], manners: Manners) -> Starlette:
    """An API of these routes, by the path that each lot is under."""

    async def dispatch(
        request: Request, handle: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        try:
            manners.admit(request)
            response = await handle(request)
        except Refusal as refusal:
            response = refusal.response()
        except Exception:
            log.exception("%s %s failed", request.method, request.url.path)
            response = manners.broken.response()
        manners.finish(response)
        return response

    async def refused(_: Request, error: Exception) -> Response:
        assert isinstance(error, Refusal)
        return error.response()

    async def unknown(request: Request, _: Exception) -> Response:
        return manners.unknown(request).response()

    return Starlette(
        routes=[Mount(path, routes=below) for path, below in routes.items()],
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=dispatch)],
        exception_handlers={Refusal: refused, 404: unknown, 405: unknown},
    )


def carries_token(request: Request, tokens: Collection[str]) -> bool:
    """Whether one of the tokens stands in the request as a bearer's."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    # Compare with every token, in constant time each.
    known = [secrets.compare_digest(token.encode(), each.encode()) for each in tokens]
    return scheme.lower() == "bearer" and any(known)


def lies_below(path: str, roots: Collection[str]) -> bool:
    """Whether it is one of these paths or below one."""
    return any(path == root or path.startswith(f"{root}/") for root in roots)


async def json_object(request: Request, *, no_json: Refusal, no_object: Refusal) -> dict[str, Any]:
    """The JSON object in the request; no body is an empty one, null is as if not given.

    Raises:
        Refusal: `no_json` or `no_object`, for a body that is something else.
    """
    raw = await request.body()
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise no_json from error
    if not isinstance(body, dict):
        raise no_object
    return {key: value for key, value in body.items() if value is not None}
