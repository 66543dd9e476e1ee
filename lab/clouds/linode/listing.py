"""Lists as the API gives them: filtered, ordered, in pages."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from lab.clouds.linode.errors import invalid
from lab.clouds.linode.filtering import filtered

PAGE_SIZES = range(25, 501)
DEFAULT_PAGE_SIZE = 100


def listing(
    request: Request,
    records: Iterable[Mapping[str, Any]],
    *,
    render: Callable[[Any], Mapping[str, Any]] = dict,
) -> JSONResponse:
    """The page that the query asks for, `{"data", "page", "pages", "results"}`.

    Filters see what is shown. A page after the last one is empty: clients ask for page 100 of the
    types to find out whether the API is there at all.
    """
    shown = [render(each) for each in records]
    found = filtered(shown, request.headers.get("X-Filter"))
    page = _number(request, "page", 1, range(1, 2**31))
    size = _number(request, "page_size", DEFAULT_PAGE_SIZE, PAGE_SIZES)
    return JSONResponse(
        {
            "data": found[(page - 1) * size : page * size],
            "page": page,
            "pages": max(1, -(-len(found) // size)),
            "results": len(found),
        }
    )


def _number(request: Request, field: str, default: int, allowed: range) -> int:
    text = request.query_params.get(field)
    if text is None:
        return default
    if not text.isdigit() or int(text) not in allowed:
        raise invalid(field, f"Must be {allowed.start}-{allowed.stop - 1}")
    return int(text)
