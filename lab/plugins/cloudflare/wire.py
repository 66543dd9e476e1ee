"""Between the engine's camelCase and the API's snake_case."""

from __future__ import annotations

import re
from typing import Any

OWN_KEYS = frozenset({"headers"})
"""Properties whose keys are the user's own words."""


def to_api(value: Any) -> Any:
    """Values as the API takes them."""
    return _renamed(value, snake)


def from_api(value: Any) -> Any:
    """Values as the engine takes them; what the API leaves empty is absent."""
    return _renamed(value, camel)


def snake(name: str) -> str:
    """AutomaticHttpsRewrites -> automatic_https_rewrites."""
    return re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


def camel(name: str) -> str:
    """automatic_https_rewrites -> automaticHttpsRewrites."""
    return re.sub(r"_(\w)", lambda letter: letter[1].upper(), name)


def _renamed(value: Any, rename: Any) -> Any:
    if isinstance(value, dict):
        return {
            rename(key): (
                {own: _renamed(item, rename) for own, item in inner.items()}
                if key in OWN_KEYS and isinstance(inner, dict)
                else _renamed(inner, rename)
            )
            for key, inner in value.items()
            if inner is not None
        }
    if isinstance(value, list):
        return [_renamed(item, rename) for item in value]
    return value
