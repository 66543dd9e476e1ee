"""What the API accepts: bodies, labels, tags, flags, keys and user data."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from lab.clouds import public_keys
from lab.clouds.linode.errors import invalid
from lab.clouds.service import json_object

USER_DATA_BYTES = 16384
LABELS = {"instances": range(3, 65), "firewalls": range(3, 33), "parts": range(1, 49)}
TAGS = range(3, 51)
KEY_TYPES = (*public_keys.KEY_TYPES, "ssh-dss")
_LABEL = re.compile(r"(?!.*(?:--|__|\.\.))[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?")


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object in the request; no body is an empty one."""
    return await json_object(
        request,
        no_json=invalid("", "Invalid JSON"),
        no_object=invalid("", "The request body must be a JSON object"),
    )


def text(body: Mapping[str, Any], field: str, *, required: bool = False) -> str:
    """A text field; "" where it is absent."""
    value = body.get(field)
    if value is None:
        if required:
            raise invalid(field, f"{field} is required")
        return ""
    if not isinstance(value, str):
        raise invalid(field, f"{field} must be a string")
    return value


def flag(body: Mapping[str, Any], field: str, *, default: bool) -> bool:
    """A boolean field."""
    value = body.get(field, default)
    if not isinstance(value, bool):
        raise invalid(field, f"{field} must be a boolean")
    return value


def number(body: Mapping[str, Any], field: str) -> int | None:
    """A field that holds a whole number; None where it is absent."""
    value = body.get(field)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool)):
        raise invalid(field, f"{field} must be an integer")
    return value


def texts(body: Mapping[str, Any], field: str) -> list[str]:
    """A field that holds a list of texts."""
    value = body.get(field, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise invalid(field, f"{field} must be a list of strings")
    return value


def label_of(body: Mapping[str, Any], kind: str) -> str:
    """The field `label` of a new or renamed thing; `kind` as in LABELS."""
    label, lengths = text(body, "label", required=True), LABELS[kind]
    if len(label) not in lengths:
        raise invalid("label", f"Label must be {lengths.start}-{lengths.stop - 1} characters")
    if kind != "parts" and _LABEL.fullmatch(label) is None:
        raise invalid(
            "label",
            "Label must begin and end with an alphanumeric character and consist of those, dashes,"
            " underscores and periods, no two of which may follow each other",
        )
    return label


def tags_of(body: Mapping[str, Any]) -> list[str]:
    """The field `tags`, in order and each once."""
    tags = texts(body, "tags")
    for tag in tags:
        if len(tag) not in TAGS:
            raise invalid("tags", f"Tags must be {TAGS.start}-{TAGS.stop - 1} characters")
    return sorted(set(tags))


def public_key(key: str, field: str) -> str:
    """The key without white space around it; ApiError if it is none."""
    if public_keys.key_blob(key, KEY_TYPES) is None:
        raise invalid(field, "SSH Key must be a valid SSH public key")
    return key.strip()


def user_data_of(body: Mapping[str, Any]) -> str:
    """`metadata.user_data`, decoded; "" where there is none."""
    metadata = body.get("metadata", {})
    if not isinstance(metadata, dict):
        raise invalid("metadata", "metadata must be an object")
    encoded = text({k: v for k, v in metadata.items() if v is not None}, "user_data")
    try:
        plain = base64.b64decode(encoded, validate=True)
        decoded = plain.decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise invalid(
            "metadata.user_data", "user_data must be a valid base64 encoded string"
        ) from error
    if len(plain) > USER_DATA_BYTES:
        raise invalid(
            "metadata.user_data", f"user_data must not be larger than {USER_DATA_BYTES} bytes"
        )
    return decoded


def ids(body: Mapping[str, Any], field: str) -> list[int]:
    """A field that holds a list of whole numbers."""
    value = body.get(field, [])
    if not isinstance(value, list) or not all(isinstance(item, int) for item in value):
        raise invalid(field, f"{field} must be a list of integers")
    return value
