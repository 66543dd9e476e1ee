"""What the API accepts: bodies, names, labels and label selectors."""

import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from lab.clouds.hetzner.errors import ApiError, invalid
from lab.clouds.service import json_object

USER_DATA_BYTES = 32 * 1024
NAME_LENGTH = 128
_HOSTNAME_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.IGNORECASE)
_LABEL_KEY = re.compile(
    r"([a-z0-9]([a-z0-9_.-]{0,253}[a-z0-9])?/)?[a-z0-9]([a-z0-9_.-]{0,61}[a-z0-9])?", re.IGNORECASE
)
_LABEL_VALUE = re.compile(r"([a-z0-9]([a-z0-9_.-]{0,61}[a-z0-9])?)?", re.IGNORECASE)
_TERM = re.compile(
    r"\s*(?:(?P<absent>!)\s*(?P<none>[^\s=!(),]+)"
    r"|(?P<key>[^\s=!(),]+)\s*(?:(?P<op>==|=|!=)\s*(?P<value>[^\s=!(),]*)"
    r"|\s(?P<set>in|notin)\s*\((?P<values>[^()]*)\))?)\s*(?:,|$)"
)


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object in the request; no body is an empty one."""
    return await json_object(
        request,
        no_json=ApiError("json_error", "invalid JSON in request body"),
        no_object=ApiError("json_error", "the request body must be a JSON object"),
    )


def text(body: Mapping[str, Any], field: str, *, required: bool = False) -> str | None:
    """A text field."""
    value = body.get(field)
    if value is None:
        if required:
            raise invalid(field, "Missing data for required field.")
        return None
    if not isinstance(value, str):
        raise invalid(field, "Not a valid string.")
    return value


def flag(body: Mapping[str, Any], field: str, *, default: bool) -> bool:
    """A boolean field."""
    value = body.get(field, default)
    if not isinstance(value, bool):
        raise invalid(field, "Not a valid boolean.")
    return value


def ids(body: Mapping[str, Any], field: str) -> list[Any]:
    """A list field of ids (or names, where the API takes both)."""
    value = body.get(field, [])
    if not isinstance(value, list) or not all(isinstance(item, int | str) for item in value):
        raise invalid(field, "Not a valid list.")
    return value


def name_of(body: Mapping[str, Any], *, hostname: bool = False) -> str:
    """The required field `name`; a hostname as in RFC 1123 where asked."""
    name = text(body, "name", required=True)
    assert name is not None
    if not name or len(name) > NAME_LENGTH:
        raise invalid("name", f"Length must be between 1 and {NAME_LENGTH}.")
    parts = name.split(".")
    if hostname and not all(_HOSTNAME_LABEL.fullmatch(part) for part in parts):
        raise invalid("name", "Must be a valid hostname as per RFC 1123.")
    return name


def labels_of(body: Mapping[str, Any]) -> dict[str, str]:
    """The field `labels`."""
    labels = body.get("labels", {})
    if not isinstance(labels, dict):
        raise invalid("labels", "Not a valid mapping type.")
    for key, value in labels.items():
        if not _LABEL_KEY.fullmatch(key):
            raise invalid("labels", f"label key '{key}' is not correctly formatted")
        if not isinstance(value, str) or not _LABEL_VALUE.fullmatch(value):
            raise invalid(
                "labels", f"label value '{value}' (key: {key}) is not correctly formatted"
            )
    return dict(labels)


def selects(selector: str, labels: Mapping[str, str]) -> bool:
    """Whether a label selector (`k=v,k!=v,k,!k,k in (a,b),k notin (a,b)`) matches.

    Raises ApiError for a selector that cannot be read.
    """
    matches, at = True, 0
    while at < len(selector) or at == 0:
        term = _TERM.match(selector, at)
        if term is None or term.end() == at:
            raise invalid("label_selector", f"'{selector}' is not a valid label selector")
        matches &= _term_matches(term, labels)
        at = term.end()
    return matches


def _term_matches(term: re.Match[str], labels: Mapping[str, str]) -> bool:
    if term["absent"]:
        return term["none"] not in labels
    value = labels.get(term["key"])
    if term["set"]:
        among = value in [item.strip() for item in term["values"].split(",")]
        return among == (term["set"] == "in")
    if term["op"]:
        return (value == term["value"]) == (term["op"] != "!=")
    return value is not None
