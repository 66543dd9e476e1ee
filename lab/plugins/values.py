"""The engine's property values as plain Python values, and back."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi
from pulumi.provider.experimental.property_value import Computed, PropertyValue
from pulumi.runtime import rpc

Values = dict[str, Any]
"""Properties by name: None, bool, int, float, str, list, dict, Asset, Archive or `UNKNOWN`."""


class Unknown:
    """A value that only the real update will know; seen in previews."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()
_UNKNOWN_MARKS: Final = frozenset(
    {
        rpc.UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-77ac-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)
"""How the engine writes an unknown value of each kind; the SDK's conversion leaves them as text."""


def to_python(value: PropertyValue) -> Any:
    """The plain value; secrecy is dropped (see `secret_names`), whole numbers become int."""
    inner = value.value
    if isinstance(inner, Computed) or (isinstance(inner, str) and inner in _UNKNOWN_MARKS):
        return UNKNOWN
    if isinstance(inner, float) and inner.is_integer():
        return int(inner)
    if isinstance(inner, Mapping):
        return {key: to_python(item) for key, item in inner.items()}
    if isinstance(inner, Sequence) and not isinstance(inner, str):
        return [to_python(item) for item in inner]
    return inner


def from_python(value: Any, *, secret: bool = False) -> PropertyValue:
    """The engine's form of a plain value."""
    if isinstance(value, PropertyValue):
        return value.with_secret(value.is_secret or secret)
    if isinstance(value, Unknown):
        return PropertyValue(rpc.UNKNOWN, is_secret=secret)
    if isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if isinstance(value, Mapping):
        inner = {str(key): from_python(item) for key, item in value.items()}
        return PropertyValue(inner, is_secret=secret)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return PropertyValue([from_python(item) for item in value], is_secret=secret)
    assert value is None or isinstance(value, bool | float | str | pulumi.Asset | pulumi.Archive)
    return PropertyValue(value, is_secret=secret)


def to_values(properties: Mapping[str, PropertyValue]) -> Values:
    """Plain values of a whole property map; nulls are left out, as if never given."""
    plain = {name: to_python(value) for name, value in properties.items()}
    return {name: value for name, value in plain.items() if value is not None}


def from_values(values: Mapping[str, Any], *, secrets: frozenset[str]) -> dict[str, PropertyValue]:
    """The engine's property map, without nulls; those named in `secrets` are marked secret."""
    return {
        name: from_python(value, secret=name in secrets)
        for name, value in values.items()
        if value is not None
    }


def secret_names(properties: Mapping[str, PropertyValue]) -> frozenset[str]:
    """Names of the properties that are, or hold, a secret."""
    return frozenset(name for name, value in properties.items() if value.contains_secret())


def holds_unknown(value: Any) -> bool:
    """Whether the value is unknown or has an unknown part."""
    if isinstance(value, Unknown):
        return True
    if isinstance(value, dict):
        return any(holds_unknown(item) for item in value.values())
    return isinstance(value, list) and any(holds_unknown(item) for item in value)
