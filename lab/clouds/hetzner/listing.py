"""Lists as the API gives them: filtered, sorted, in pages."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from lab.clouds.hetzner.errors import invalid
from lab.clouds.hetzner.validation import selects

DEFAULT_PER_PAGE, MAX_PER_PAGE = 25, 50


def listing(
    request: Request,
    key: str,
    records: Iterable[Mapping[str, Any]],
    *,
    filters: tuple[str, ...] = (),
    sorts: tuple[str, ...] = ("id", "name", "created"),
    render: Callable[[Any], Any] = dict,
) -> JSONResponse:
    """The page that the query asks for.

    filters: fields that may be asked for by value, repeatedly. `label_selector` works on every
    resource with labels.
    """
    query = request.query_params
    found = list(records)
    for field in filters:
        wanted = query.getlist(field)
        if wanted:
            found = [each for each in found if str(each.get(field)) in wanted]
    if selector := query.get("label_selector"):
        found = [each for each in found if selects(selector, each.get("labels", {}))]
    for term in reversed(query.getlist("sort")):
        field, _, direction = term.partition(":")
        if field not in sorts or direction not in ("", "asc", "desc"):
            raise invalid("sort", f"'{term}' is not a valid sort; use one of {', '.join(sorts)}")
        found = _sorted(found, field, descending=direction == "desc")
    page, per_page = _number(query.get("page"), "page", 1), DEFAULT_PER_PAGE
    per_page = min(_number(query.get("per_page"), "per_page", DEFAULT_PER_PAGE), MAX_PER_PAGE)
    last = max(1, -(-len(found) // per_page))
    pagination = {
        "page": page,
        "per_page": per_page,
        "previous_page": page - 1 if page > 1 else None,
        "next_page": page + 1 if page < last else None,
        "last_page": last,
        "total_entries": len(found),
    }
    shown = found[(page - 1) * per_page : page * per_page]
    return JSONResponse({key: [render(each) for each in shown], "meta": {"pagination": pagination}})


def _sorted(
    records: list[Mapping[str, Any]], field: str, *, descending: bool
) -> list[Mapping[str, Any]]:
    return sorted(records, key=lambda each: each.get(field) or "", reverse=descending)


def _number(value: str | None, field: str, default: int) -> int:
    if value is None:
        return default
    if not value.isdigit() or int(value) < 1:
        raise invalid(field, "Must be a whole number from 1.")
    return int(value)
