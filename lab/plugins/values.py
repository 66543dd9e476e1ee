"""The engine's property values as plain Python values, and back."""

from collections.abc import Mapping
from typing import Any

from google.protobuf import struct_pb2

from lab.plugins.property_values import (
    UNKNOWN,
    Unknown,
    holds_secret,
    marshal,
    plain,
    unmarshal,
    unmarshal_value,
    wrap,
)

__all__ = [
    "UNKNOWN", "Unknown", "Values", "from_values", "holds_unknown", "secret_names", "to_values",
]  # fmt: skip

Values = dict[str, Any]
"""Properties by name: None, bool, int, float, str, list, dict or `UNKNOWN`."""


def to_values(struct: struct_pb2.Struct) -> Values:
    """Plain values of a whole property map; nulls are left out, and secrecy (`secret_names`)."""
    return {name: plain(value) for name, value in unmarshal(struct).items()}


def from_values(values: Mapping[str, Any], *, secrets: frozenset[str]) -> struct_pb2.Struct:
    """The engine's property map, without nulls; those named in `secrets` are marked secret."""
    wrapped = {name: wrap(value) for name, value in values.items() if value is not None}
    return marshal(
        {name: value.with_secret() if name in secrets else value for name, value in wrapped.items()}
    )


def secret_names(struct: struct_pb2.Struct) -> frozenset[str]:
    """Names of the properties that are, or hold, a secret; of nulls too, which may be filled in."""
    fields = struct.fields.items()
    return frozenset(name for name, value in fields if holds_secret(unmarshal_value(value)))


def holds_unknown(value: Any) -> bool:
    """Whether the value is unknown or has an unknown part."""
    if isinstance(value, Unknown):
        return True
    if isinstance(value, dict):
        return any(holds_unknown(item) for item in value.values())
    return isinstance(value, list) and any(holds_unknown(item) for item in value)
