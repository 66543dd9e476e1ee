"""The X-Filter header: which records of a list are wanted, and in what order."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lab.clouds.linode.errors import ApiError, invalid

Record = Mapping[str, Any]
_ORDERS = ("asc", "desc")


def filtered(records: Iterable[Record], header: str | None) -> list[Record]:
    """The records that a filter (JSON, None for all) lets through, in the order it asks for.

    Raises ApiError for a filter that cannot be read.
    """
    found = list(records)
    if not header:
        return found
    try:
        wanted = json.loads(header)
    except ValueError as error:
        raise _unreadable("Cannot decode filter") from error
    if not isinstance(wanted, dict):
        raise _unreadable("Filter must be a JSON object")
    order_by, order = wanted.pop("+order_by", None), wanted.pop("+order", "asc")
    if order not in _ORDERS:
        raise _unreadable("+order must be asc or desc")
    found = [each for each in found if _matches(each, wanted)]
    if order_by is not None:
        # Records made in the same second stay in the order they were made in.
        def rank(record: Record) -> tuple[bool, Any, Any]:
            value = _value(record, str(order_by))
            return value is None, value, record.get("id", 0) if order_by == "created" else 0

        found.sort(key=rank, reverse=order == "desc")
    return found


def _matches(record: Record, wanted: Any) -> bool:
    if not isinstance(wanted, dict):
        raise _unreadable("Filter must be a JSON object")
    for key, value in wanted.items():
        if key in ("+and", "+or"):
            if not isinstance(value, list):
                raise _unreadable(f"{key} needs a list")
            every = [_matches(record, part) for part in value]
            if not (all(every) if key == "+and" else any(every)):
                return False
        elif key.startswith("+"):
            raise _unreadable(f"Unknown operator {key}")
        elif not _fits(_value(record, key), value):
            return False
    return True


def _contains(actual: Any, wanted: Any) -> bool:
    return str(wanted).lower() in str(actual or "").lower()


_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "+eq": lambda actual, wanted: actual == wanted,
    "+gt": lambda actual, wanted: actual > wanted,
    "+gte": lambda actual, wanted: actual >= wanted,
    "+lt": lambda actual, wanted: actual < wanted,
    "+lte": lambda actual, wanted: actual <= wanted,
    "+neq": lambda actual, wanted: actual != wanted,
    "+contains": _contains,
}


def _fits(actual: Any, wanted: Any) -> bool:
    if not isinstance(wanted, dict):
        # A list, such as `tags`, is asked for by what is in it.
        return wanted in actual if isinstance(actual, list) else bool(actual == wanted)
    for operator, operand in wanted.items():
        compare = _OPERATORS.get(operator)
        if compare is None:
            raise _unreadable(f"Unknown operator {operator}")
        try:
            if not compare(actual, operand):
                return False
        except TypeError:
            return False
    return True


def _value(record: Record, path: str) -> Any:
    """The value of a field; "entity.id" is a field of a field."""
    value: Any = record
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _unreadable(why: str) -> ApiError:
    return invalid("X-Filter", why)
