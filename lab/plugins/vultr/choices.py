"""Checks of single values, in the published plugin's words."""

import base64
import binascii
from collections.abc import Callable
from ipaddress import ip_address


def one_of(name: str, *choices: str) -> Callable[[str], str | None]:
    """A check that the value is one of these."""

    def check(value: str) -> str | None:
        if value in choices:
            return None
        told = " ".join(f'"{choice}"' for choice in choices)
        return f"expected {name} to be one of [{told}], got {value}"

    return check


def is_address(value: str) -> str | None:
    """Why it is no bare IP address."""
    try:
        ip_address(value)
    except ValueError:
        return f"expected subnet to contain a valid IP, got: {value}"
    return None


def is_base64(value: str) -> str | None:
    """Why it is no base64."""
    try:
        base64.b64decode(value, validate=True)
    except binascii.Error:
        return f'expected "script" to be a base64 string, got {value}'
    return None


def not_empty(value: str) -> str | None:
    """Why it is nothing."""
    return None if value else "must not be empty"
