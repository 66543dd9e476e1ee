"""What the API accepts in a request's body."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from lab.clouds.service import json_object
from lab.clouds.vultr.errors import invalid


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object in the request; no body is an empty one, null is as if not given."""
    return await json_object(
        request,
        no_json=invalid("Invalid JSON in request body"),
        no_object=invalid("The request body must be a JSON object"),
    )


def text(body: Mapping[str, Any], field: str, *, required: bool = False) -> str:
    """A text field; "" when it is absent."""
    value = body.get(field, "")
    if not isinstance(value, str):
        raise invalid(f"Invalid {field}: expected a string")
    if required and not value:
        raise invalid(f"{field} is required")
    return value


def flag(body: Mapping[str, Any], field: str) -> bool:
    """A boolean field; false when it is absent."""
    value = body.get(field, False)
    if not isinstance(value, bool):
        raise invalid(f"Invalid {field}: expected a boolean")
    return value


def number(body: Mapping[str, Any], field: str) -> int:
    """A whole number; 0 when it is absent."""
    value = body.get(field, 0)
    if not isinstance(value, int) or isinstance(value, bool):
        raise invalid(f"Invalid {field}: expected an integer")
    return value


def texts(body: Mapping[str, Any], field: str) -> list[str]:
    """A list of strings; empty when it is absent."""
    value = body.get(field, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise invalid(f"Invalid {field}: expected an array of strings")
    return list(value)


def decoded(body: Mapping[str, Any], field: str) -> str:
    """A text that travels in base64, in clear."""
    try:
        return base64.b64decode(text(body, field), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise invalid(f"Invalid {field}: expected base64 of UTF-8 text") from error


def encoded(plain: str) -> str:
    """The base64 of a text."""
    return base64.b64encode(plain.encode()).decode()
