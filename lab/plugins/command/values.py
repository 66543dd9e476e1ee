"""When two of the engine's property values are the same, and which of them are files."""

from collections.abc import Mapping
from typing import Any

from lab.plugins.property_values import SIGNATURE, PropertyValue, plain


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
