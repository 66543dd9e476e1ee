"""Types of a plugin's properties: what they accept and when two values are the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lab.plugins.values import UNKNOWN, Unknown, Values, holds_unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, kw_only=True)
class Failure:
    """One refused property: where (path, "" for the resource as a whole) and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class Type:
    """Anything goes (JSON-like values, assets).

    `strict` below: the older SDK's types, which also take what can be parsed ("5" for a number).
    """

    name = "value"

    def settle(self, path: str, value: Any, failures: list[Failure], *, strict: bool) -> Any:
        """The value in its own type; what does not fit is added to `failures`."""
        if isinstance(value, Unknown):
            return UNKNOWN
        try:
            return self.parse(path, value, failures, strict=strict)
        except ValueError:
            reason = f"expected a {self.name}, got {_kind(value)}"
            failures.append(Failure(path=path, reason=reason))
            return value

    def parse(self, path: str, value: Any, failures: list[Failure], *, strict: bool) -> Any:
        """The value in its own type, else ValueError."""
        del path, failures, strict
        return value

    def same(self, old: Any, new: Any) -> bool:
        """Whether a change from old to new is none; an unknown new value is a change."""
        return not holds_unknown(new) and bool(self.normal(old) == self.normal(new))

    def normal(self, value: Any) -> Any:
        """A form in which equal values are ==."""
        return value


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
class String(Type):
    """Text; a number or boolean is taken as its text."""

    name = "string"

    def parse(self, path: str, value: Any, failures: list[Failure], *, strict: bool) -> Any:
        """See Type."""
        del path, failures
        if isinstance(value, bool) and strict:
            return "true" if value else "false"
        if isinstance(value, int | float) and strict:
            return str(value)
        return _expect(value, str)


@dataclass(frozen=True)
class Number(Type):
    """An integer or a float."""

    name = "number"

    def parse(self, path: str, value: Any, failures: list[Failure], *, strict: bool) -> Any:
        """See Type."""
        del path, failures
        if isinstance(value, str) and strict:
            number = float(value)
            return int(number) if number.is_integer() else number
        return _expect(value, int | float)


@dataclass(frozen=True)
class Integer(Number):
    """A whole number."""

    name = "whole number"

    def parse(self, path: str, value: Any, failures: list[Failure], *, strict: bool) -> Any:
        """See Type."""
        return _expect(super().parse(path, value, failures, strict=strict), int)


@dataclass(frozen=True)
class Boolean(Type):
    """true or false."""

    name = "boolean"

    def parse(self, path: str, value: Any, failures: list[Failure], *, strict: bool) -> Any:
        """See Type."""
        del path, failures
        if strict and value in ("true", "false"):
            return value == "true"
        return _expect(value, bool)


@dataclass(frozen=True)
class ListOf(Type):
    """A list of one type; `ordered=False` compares as a set."""

    item: Type
    ordered: bool = True
    name = "list"

    def parse(self, path: str, value: Any, failures: list[Failure], *, strict: bool) -> Any:
        """See Type."""
        return [
            self.item.settle(f"{path}[{index}]", item, failures, strict=strict)
            for index, item in enumerate(_expect(value, list))
        ]

    def normal(self, value: Any) -> Any:
        """See Type; no list is an empty one."""
        items = [self.item.normal(item) for item in value or []]
        return items if self.ordered else sorted(items, key=repr)


@dataclass(frozen=True)
class MapOf(Type):
    """A map from any text to one type."""

    item: Type
    name = "map"

    def parse(self, path: str, value: Any, failures: list[Failure], *, strict: bool) -> Any:
        """See Type."""
        return {
            key: self.item.settle(f"{path}.{key}", item, failures, strict=strict)
            for key, item in _expect(value, dict).items()
            if not key.startswith("__")
        }

    def normal(self, value: Any) -> Any:
        """See Type; no map is an empty one."""
        return {key: self.item.normal(item) for key, item in (value or {}).items()}


@dataclass(frozen=True)
class Object(Type):
    """Named properties with types of their own (a nested table)."""

    properties: Mapping[str, Property] = field(default_factory=dict)
    name = "object"

    def parse(self, path: str, value: Any, failures: list[Failure], *, strict: bool) -> Any:
        """See Type."""
        given = _expect(value, dict)
        return settle_all(self.properties, given, failures, path=f"{path}.", strict=strict)

    def normal(self, value: Any) -> Any:
        """See Type; what is absent has its default, empty parts do not count."""
        normal = {
            key: prop.type.normal((value or {}).get(key, prop.default))
            for key, prop in self.properties.items()
        }
        return {key: item for key, item in sorted(normal.items()) if item not in (None, [], {})}


def _expect(value: Any, kind: Any) -> Any:
    """The value if it is of that kind; a boolean is no number here."""
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(value)
    return value


def _kind(value: Any) -> str:
    words = {bool: "boolean", int: "number", float: "number", str: "string", list: "list"}
    return f"a {words.get(type(value), 'map')}"
