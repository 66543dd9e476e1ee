"""The engine's property values, kept whole on the way through a plugin.

A value is the plain one with its secrecy. An asset or archive stays the map that the engine sent:
its signature, and the content hash by which a changed file is noticed, are part of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from google.protobuf import struct_pb2

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  # a marker of the protocol
_OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
ASSET: Final = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"
UNKNOWN_MARK: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWN_MARKS: Final = frozenset(
    {
        UNKNOWN_MARK,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)


class Unknown:
    """A value that only the real update will know; seen in previews."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()


@dataclass(frozen=True, slots=True)
class PropertyValue:
    """value: None, bool, float, str, `UNKNOWN`, a tuple or a Mapping of further ones."""

    value: Any
    is_secret: bool = False

    def with_secret(self) -> PropertyValue:
        """The same, secret."""
        return replace(self, is_secret=True)


Properties = dict[str, PropertyValue]
"""A resource's properties by name."""


def unmarshal(struct: struct_pb2.Struct) -> Properties:
    """What the engine sent, nulls left out, as if never given."""
    found = {name: unmarshal_value(value) for name, value in struct.fields.items()}
    return {name: value for name, value in found.items() if value.value is not None}


def marshal(properties: Mapping[str, PropertyValue]) -> struct_pb2.Struct:
    """What the engine gets."""
    fields = {name: _marshal(value) for name, value in properties.items()}
    return struct_pb2.Struct(fields=fields)


def plain(value: PropertyValue) -> Any:
    """The value without secrecy: None, bool, int if whole, float, str, list, dict, `UNKNOWN`."""
    inner = value.value
    if isinstance(inner, Mapping):
        return {name: plain(item) for name, item in inner.items()}
    if isinstance(inner, tuple):
        return [plain(item) for item in inner]
    return int(inner) if isinstance(inner, float) and inner.is_integer() else inner


def wrap(value: Any) -> PropertyValue:
    """The opposite of `plain`; nothing in it is secret."""
    if isinstance(value, Mapping):
        return PropertyValue({str(name): wrap(item) for name, item in value.items()})
    if isinstance(value, list | tuple):
        return PropertyValue(tuple(wrap(item) for item in value))
    if isinstance(value, int) and not isinstance(value, bool):
        return PropertyValue(float(value))
    assert value is None or isinstance(value, bool | float | str | Unknown), type(value)
    return PropertyValue(value)


def holds_secret(value: PropertyValue) -> bool:
    """Whether the value or a part of it is secret."""
    return value.is_secret or any(map(holds_secret, _parts(value)))


def is_unknown(value: PropertyValue) -> bool:
    """Whether only the real update will know the value, or a part of it."""
    return isinstance(value.value, Unknown) or any(map(is_unknown, _parts(value)))


def _parts(value: PropertyValue) -> tuple[PropertyValue, ...]:
    inner = value.value
    if isinstance(inner, Mapping):
        return tuple(inner.values())
    return inner if isinstance(inner, tuple) else ()


def unmarshal_value(value: struct_pb2.Value) -> PropertyValue:
    """One value that the engine sent."""
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        return PropertyValue(UNKNOWN if text in _UNKNOWN_MARKS else text)
    if kind in ("bool_value", "number_value"):
        return PropertyValue(getattr(value, kind))
    if kind == "list_value":
        return PropertyValue(tuple(unmarshal_value(item) for item in value.list_value.values))
    return _unmarshal_map(value.struct_value) if kind == "struct_value" else PropertyValue(None)


def _unmarshal_map(struct: struct_pb2.Struct) -> PropertyValue:
    fields = struct.fields
    sign = fields[SIGNATURE].string_value if SIGNATURE in fields else ""
    if sign == _SECRET:
        return unmarshal_value(fields["value"]).with_secret()
    if sign == _OUTPUT:
        inner = unmarshal_value(fields["value"]) if "value" in fields else PropertyValue(UNKNOWN)
        secret = "secret" in fields and fields["secret"].bool_value
        return inner.with_secret() if secret else inner
    return PropertyValue({name: unmarshal_value(item) for name, item in fields.items()})


def _marshal(value: PropertyValue) -> struct_pb2.Value:
    inner = value.value
    if isinstance(inner, Unknown):
        out = struct_pb2.Value(string_value=UNKNOWN_MARK)
    elif isinstance(inner, Mapping):
        out = struct_pb2.Value(struct_value=marshal(inner))
    elif isinstance(inner, bool):
        out = struct_pb2.Value(bool_value=inner)
    elif isinstance(inner, float):
        out = struct_pb2.Value(number_value=inner)
    elif isinstance(inner, str):
        out = struct_pb2.Value(string_value=inner)
    elif isinstance(inner, tuple):
        items = [_marshal(item) for item in inner]
        out = struct_pb2.Value(list_value=struct_pb2.ListValue(values=items))
    else:
        out = struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if not value.is_secret:
        return out
    sign = struct_pb2.Value(string_value=_SECRET)
    secret = struct_pb2.Struct(fields={SIGNATURE: sign, "value": out})
    return struct_pb2.Value(struct_value=secret)
