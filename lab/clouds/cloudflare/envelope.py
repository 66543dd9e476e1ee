"""The shape of every answer: `success`, `errors`, `messages`, `result`, `result_info`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One entry of `errors`: Cloudflare's number, its words, what lies behind it."""

    code: int
    message: str
    chain: tuple[Problem, ...] = ()

    def as_json(self) -> Json:
        """The entry as the API gives it."""
        entry: Json = {"code": self.code, "message": self.message}
        if self.chain:
            entry["error_chain"] = [problem.as_json() for problem in self.chain]
        return entry


class ApiError(Exception):
    """A refused request; becomes an envelope with `success: false`."""

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        *,
        chain: Sequence[Problem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code} {message}")
        self.status = status
        self.problems = (Problem(code=code, message=message, chain=tuple(chain)),)
        self.headers = headers


def success(result: object, *, info: Json | None = None) -> JSONResponse:
    """An answer that holds `result`, and page data if it is a list."""
    body: Json = {"result": result, "success": True, "errors": [], "messages": []}
    if info is not None:
        body["result_info"] = info
    return JSONResponse(body)


def failure(_request: Request, error: Exception) -> Response:
    """The answer for an `ApiError` (the signature is Starlette's)."""
    if not isinstance(error, ApiError):
        raise error
    return JSONResponse(
        {
            "success": False,
            "errors": [problem.as_json() for problem in error.problems],
            "messages": [],
            "result": None,
        },
        status_code=error.status,
        headers=error.headers,
    )


async def json_object(request: Request) -> Json:
    """The request's body; 400 when it is not a JSON object."""
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError as error:
        raise ApiError(400, 6007, "Malformed JSON in request body") from error
    if not isinstance(body, dict):
        raise ApiError(400, 9207, "Request body is invalid.")
    return body


def page(request: Request, items: Sequence[Json], *, default: int, most: int) -> JSONResponse:
    """The page of `items` that `page` and `per_page` ask for."""
    number = _whole(request, "page", 1, 1, 10**6)
    size = _whole(request, "per_page", default, 1, most)
    shown = items[(number - 1) * size : number * size]
    info = {
        "page": number,
        "per_page": size,
        "count": len(shown),
        "total_count": len(items),
        "total_pages": -(-len(items) // size),
    }
    return success(shown, info=info)


def _whole(request: Request, name: str, default: int, least: int, most: int) -> int:
    given = request.query_params.get(name)
    if given is None:
        return default
    try:
        value = int(float(given))  # the official client sends floats
    except ValueError:
        value = least - 1
    if not least <= value <= most:
        raise ApiError(400, 6003, f"Invalid value for {name}: must be {least} to {most}")
    return value
