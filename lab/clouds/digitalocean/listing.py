"""Lists as the API gives them: in pages, with links to the others and the total."""

from collections.abc import Callable, Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from lab.clouds.digitalocean.errors import ApiError

DEFAULT_PER_PAGE, MAX_PER_PAGE = 20, 200


def listing(
    request: Request,
    key: str,
    records: Iterable[Any],
    *,
    render: Callable[[Any], Any] = dict,
) -> JSONResponse:
    """The page that the query asks for; past the last one it is empty."""
    found = list(records)
    page = _number(request, "page", 1)
    per_page = min(_number(request, "per_page", DEFAULT_PER_PAGE), MAX_PER_PAGE)
    last = max(1, -(-len(found) // per_page))
    shown = found[(page - 1) * per_page : page * per_page]
    body = {
        key: [render(each) for each in shown],
        "links": _links(request, page, last),
        "meta": {"total": len(found)},
    }
    return JSONResponse(body)


def _links(request: Request, page: int, last: int) -> dict[str, Any]:
    """Where the other pages are; nothing where there is only this one."""
    pages: dict[str, str] = {}

    def link(name: str, number: int) -> None:
        pages[name] = str(request.url.include_query_params(page=number))

    if page > 1:
        link("first", 1)
        link("prev", page - 1)
    if page < last:
        link("next", page + 1)
        link("last", last)
    return {"pages": pages} if pages else {}


def _number(request: Request, field: str, default: int) -> int:
    value = request.query_params.get(field)
    if value is None:
        return default
    if not value.isdigit() or int(value) < 1:
        raise ApiError("bad_request", f"invalid {field}: must be a whole number from 1")
    return int(value)
