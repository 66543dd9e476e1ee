"""The engine's property values, kept whole on the way through the plugin.

The SDK's own conversion loses two things this plugin needs: unknown values arrive as a marker text,
and assets lose the content hash by which a changed file is noticed. Here an unknown value becomes
`Computed`, and an asset or archive stays the map that the engine sent, its signature included.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from google.protobuf import struct_pb2
from pulumi.provider.experimental.property_value import Computed, PropertyValue

Properties = dict[str, PropertyValue]

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105  # a marker of the protocol
_OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
ASSET: Final = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"
UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWNS: Final = frozenset(
    {
        UNKNOWN,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)


def unmarshal(struct: struct_pb2.Struct) -> Properties:
    """What the engine sent, nulls left out."""
    found = {name: _unmarshal(value) for name, value in struct.fields.items()}
    return {name: value for name, value in found.items() if value.value is not None}


def marshal(properties: Mapping[str, PropertyValue]) -> struct_pb2.Struct:
    """What the engine gets."""
    fields = {name: _marshal(value) for name, value in properties.items()}
    return struct_pb2.Struct(fields=fields)


def plain(value: PropertyValue) -> Any:
    """The value without secrecy: None, bool, float, str, list, dict; an asset is its map."""
    inner = value.value
    if isinstance(inner, Mapping):
        return {name: plain(item) for name, item in inner.items()}
    if isinstance(inner, Sequence) and not isinstance(inner, str):
        return [plain(item) for item in inner]
    return inner


def plain_map(properties: Mapping[str, PropertyValue]) -> dict[str, Any]:
    """All of a resource's properties, see `plain`."""
    return {name: plain(value) for name, value in properties.items()}


def wrap(value: Any) -> PropertyValue:
    """The opposite of `plain`; nothing in it is secret."""
    if isinstance(value, Mapping):
        return PropertyValue({str(name): wrap(item) for name, item in value.items()})
    if isinstance(value, Sequence) and not isinstance(value, str):
        return PropertyValue([wrap(item) for item in value])
    if isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    return PropertyValue(value)


def is_unknown(value: PropertyValue) -> bool:
    """Whether only the real update will know the value (or a part of it)."""
    inner = value.value
    if isinstance(inner, Computed):
        return True
    if isinstance(inner, Mapping):
        return any(is_unknown(item) for item in inner.values())
    return (
        isinstance(inner, Sequence) and not isinstance(inner, str) and any(map(is_unknown, inner))
    )


def signature(value: PropertyValue) -> str:
    """ASSET, ARCHIVE, or "" for anything else."""
    if not isinstance(value.value, Mapping) or SIGNATURE not in value.value:
        return ""
    return str(value.value[SIGNATURE].value)


def same(old: PropertyValue, new: PropertyValue) -> bool:
    """Whether the engine sees no change: equal, equally secret, assets by their content."""
    if old.is_secret != new.is_secret or signature(old) != signature(new):
        return False
    if signature(old):
        return bool(_identity(old) == _identity(new))
    return _same_inside(old.value, new.value)


def _same_inside(one: Any, two: Any) -> bool:
    if isinstance(one, Mapping) and isinstance(two, Mapping):
        return one.keys() == two.keys() and all(same(one[name], two[name]) for name in one)
    if isinstance(one, tuple) and isinstance(two, tuple):
        return len(one) == len(two) and all(map(same, one, two))
    return repr(one) == repr(two)  # of one type, and equal


def _identity(asset: PropertyValue) -> Any:
    whole = plain(asset)
    return whole.get("hash") or whole


def _unmarshal(value: struct_pb2.Value) -> PropertyValue:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        return PropertyValue.computed() if text in _UNKNOWNS else PropertyValue(text)
    if kind in ("bool_value", "number_value"):
        return PropertyValue(getattr(value, kind))
    if kind == "list_value":
        return PropertyValue([_unmarshal(item) for item in value.list_value.values])
    return _unmarshal_map(value.struct_value) if kind == "struct_value" else PropertyValue.null()


def _unmarshal_map(struct: struct_pb2.Struct) -> PropertyValue:
    fields = struct.fields
    sign = fields[SIGNATURE].string_value if SIGNATURE in fields else ""
    if sign == _SECRET:
        return _unmarshal(fields["value"]).with_secret(is_secret=True)
    if sign == _OUTPUT:
        inner = _unmarshal(fields["value"]) if "value" in fields else PropertyValue.computed()
        secret = "secret" in fields and fields["secret"].bool_value
        return inner.with_secret(is_secret=secret or inner.is_secret)
    return PropertyValue({name: _unmarshal(item) for name, item in fields.items()})


def _marshal(value: PropertyValue) -> struct_pb2.Value:
    inner = value.value
    if isinstance(inner, Computed):
        out = struct_pb2.Value(string_value=UNKNOWN)
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
