"""A plugin's properties by name: what is given is settled into the table's types."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lab.plugins.property_types import Failure, Type, expect
from lab.plugins.values import Values, holds_unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Failure", "Object", "Property", "settle_all"]


@dataclass(frozen=True)
class Property:
    """One input: `type`, and what an edit of it means.

    replaces: a change makes a new resource. computed: when absent the provider chooses, so absence
    is never a change. secret: always secret, whatever the program says. autoname: when absent
    `<resource name>-<7 hex>`. stored: the form kept in the state (for example a hash).
    check: refuses a known value by returning the reason. delete_first: a replacement caused by it
    deletes the old resource before it makes the new one.
    """

    type: Type
    required: bool = False
    replaces: bool = False
    computed: bool = False
    secret: bool = False
    autoname: bool = False
    default: Any = None
    delete_first: bool = False
    stored: Callable[[Any], Any] | None = None
    check: Callable[[Any], str | None] | None = None


def settle_all(
    table: Mapping[str, Property],
    given: Values,
    failures: list[Failure],
    *,
    path: str,
    strict: bool,
) -> Values:
    """The given values in the table's types; failures name `path` + property."""
    settled: Values = {}
    for key, value in given.items():
        prop = table.get(key)
        if key.startswith("__") or value is None or (prop is None and not strict):
            continue
        if prop is None:
            reason = f"An argument named {key!r} is not expected here"
            failures.append(Failure(path=path + key, reason=reason))
            continue
        before = len(failures)
        settled[key] = prop.type.settle(path + key, value, failures, strict=strict)
        known = len(failures) == before and not holds_unknown(settled[key])
        refused = prop.check(settled[key]) if prop.check and known else None
        if refused:
            failures.append(Failure(path=path + key, reason=refused))
    for key, prop in table.items():
        if prop.required and key not in settled:
            failures.append(Failure(path=path + key, reason=f"Missing required property {key!r}"))
    return settled


@dataclass(frozen=True)
class Object(Type):
    """Named properties with types of their own (a nested table)."""

    properties: Mapping[str, Property] = field(default_factory=dict)
    name = "object"

    def parse(self, path: str, value: Any, failures: list[Failure], *, strict: bool) -> Any:
        """See Type."""
        given = expect(value, dict)
        return settle_all(self.properties, given, failures, path=f"{path}.", strict=strict)

    def normal(self, value: Any) -> Any:
        """See Type; what is absent has its default, empty parts do not count."""
        normal = {
            key: prop.type.normal((value or {}).get(key, prop.default))
            for key, prop in self.properties.items()
        }
        return {key: item for key, item in sorted(normal.items()) if item not in (None, [], {})}
