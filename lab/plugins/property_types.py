"""Types of a plugin's properties: what they accept and when two values are the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lab.plugins.values import UNKNOWN, Unknown, holds_unknown


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
        return expect(value, str)


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
        return expect(value, int | float)


@dataclass(frozen=True)
class Integer(Number):
    """A whole number."""

    name = "whole number"

    def parse(self, path: str, value: Any, failures: list[Failure], *, strict: bool) -> Any:
        """See Type."""
        return expect(super().parse(path, value, failures, strict=strict), int)


@dataclass(frozen=True)
class Boolean(Type):
    """true or false."""

    name = "boolean"

    def parse(self, path: str, value: Any, failures: list[Failure], *, strict: bool) -> Any:
        """See Type."""
        del path, failures
        if strict and value in ("true", "false"):
            return value == "true"
        return expect(value, bool)


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
            for index, item in enumerate(expect(value, list))
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
            for key, item in expect(value, dict).items()
            if not key.startswith("__")
        }

    def normal(self, value: Any) -> Any:
        """See Type; no map is an empty one."""
        return {key: self.item.normal(item) for key, item in (value or {}).items()}


def expect(value: Any, kind: Any) -> Any:
    """The value if it is of that kind; a boolean is no number here."""
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(value)
    return value


def _kind(value: Any) -> str:
    words = {bool: "boolean", int: "number", float: "number", str: "string", list: "list"}
    return f"a {words.get(type(value), 'map')}"
