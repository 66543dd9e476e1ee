"""Lists as the API gives them: pages by cursor, with `meta.total` and `meta.links`."""

import base64
import binascii
from collections.abc import Callable, Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from lab.clouds.vultr.errors import invalid

DEFAULT_PER_PAGE, MAX_PER_PAGE = 100, 500
_CURSOR = ("next__", "prev__")


def listing(
    request: Request,
    key: str,
    records: Iterable[Any],
    *,
    filters: tuple[str, ...] = (),
    render: Callable[[Any], Any] = dict,
) -> JSONResponse:
    """The page that the query asks for (`per_page`, `cursor`).

    filters: fields that may be asked for by value; a list field matches by any of its items.
    """
    found = list(records)
    for field in filters:
        if wanted := request.query_params.get(field):
            found = [each for each in found if wanted in _values(each, field)]
    size = _per_page(request.query_params.get("per_page"))
    start = _offset(request.query_params.get("cursor", ""))
    more = start + size < len(found)
    links = {
        "next": _cursor("next__", start + size) if more else "",
        "prev": _cursor("prev__", max(0, start - size)) if start else "",
    }
    page = [render(each) for each in found[start : start + size]]
    return JSONResponse({key: page, "meta": {"total": len(found), "links": links}})


def _values(record: dict[str, Any], field: str) -> list[str]:
    if field == "tag":
        return list(record.get("tags", []))
    return [str(record.get(field, ""))]


def _per_page(value: str | None) -> int:
    if value is None or value == "0":
        return DEFAULT_PER_PAGE
    if not value.isdigit():
        raise invalid("Invalid per_page: expected a positive integer")
    return min(int(value), MAX_PER_PAGE)


def _cursor(kind: str, offset: int) -> str:
    return base64.b64encode(f"{kind}{offset}".encode()).decode()


def _offset(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        plain = base64.b64decode(cursor, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise invalid("Invalid cursor") from error
    number = plain[len(_CURSOR[0]) :]
    if not plain.startswith(_CURSOR) or not number.isdigit():
        raise invalid("Invalid cursor")
    return int(number)
