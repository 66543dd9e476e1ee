"""What the API accepts: bodies, names, tags."""

import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from lab.clouds.digitalocean.errors import ApiError, unprocessable
from lab.clouds.service import json_object

_HOSTNAME = re.compile(r"(?![.-])[A-Za-z0-9.-]{1,255}(?<![.-])")
_TAG = re.compile(r"[A-Za-z0-9:_-]{1,255}")


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object in the request; no body is an empty one."""
    return await json_object(
        request,
        no_json=ApiError("bad_request", "error parsing request body: invalid JSON"),
        no_object=ApiError("bad_request", "error parsing request body: not an object"),
    )


def text(body: Mapping[str, Any], field: str) -> str:
    """A text field; absent is empty."""
    value = body.get(field, "")
    if not isinstance(value, str):
        raise unprocessable(f"{field} must be a string")
    return value


def flag(body: Mapping[str, Any], field: str, *, default: bool = False) -> bool:
    """A boolean field."""
    value = body.get(field, default)
    if not isinstance(value, bool):
        raise unprocessable(f"{field} must be a boolean")
    return value


def items(body: Mapping[str, Any], field: str) -> list[Any]:
    """A list field; absent is empty."""
    value = body.get(field, [])
    if not isinstance(value, list):
        raise unprocessable(f"{field} must be an array")
    return value


def hostname_of(body: Mapping[str, Any]) -> str:
    """The required field `name` of a droplet."""
    name = text(body, "name")
    if not _HOSTNAME.fullmatch(name):
        raise unprocessable(
            "Name Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)"
        )
    return name


def tag_name(value: Any) -> str:
    """A tag's name, if it can be one."""
    if not isinstance(value, str) or not _TAG.fullmatch(value):
        raise unprocessable(
            "Tag name is invalid: use up to 255 letters, numbers, colons, dashes and underscores"
        )
    return value


def tags_of(body: Mapping[str, Any]) -> list[str]:
    """The field `tags`; each tag once, whatever its case."""
    names = [tag_name(value) for value in items(body, "tags")]
    return list({name.lower(): name for name in names}.values())
