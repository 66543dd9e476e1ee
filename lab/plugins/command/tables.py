"""What each of the plugin's resources takes, and what a program may leave out."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from lab.plugins.command import connection
from lab.plugins.command.values import signature
from lab.plugins.property_types import Failure
from lab.plugins.property_values import (
    ARCHIVE,
    ASSET,
    Properties,
    PropertyValue,
    is_unknown,
    wrap,
)

_TEXT, _NUMBER, _FLAG = "a string", "a number", "a boolean"
_LIST, _MAP, _ANY = "a list", "a map", "anything"
_TYPES: Final[Mapping[str, Any]] = {
    _TEXT: str, _NUMBER: float, _FLAG: bool, _LIST: tuple, _MAP: Mapping, _ANY: object,
}  # fmt: skip

_HOP = {
    "user": _TEXT, "password": _TEXT, "host": _TEXT, "port": _NUMBER, "privateKey": _TEXT,
    "privateKeyPassword": _TEXT, "agentSocketPath": _TEXT, "dialErrorLimit": _NUMBER,
    "perDialTimeout": _NUMBER, "hostKey": _TEXT,
}  # fmt: skip
_DEFAULTS: Final = {
    "user": connection.USER,
    "port": connection.PORT,
    "dialErrorLimit": connection.DIAL_ERROR_LIMIT,
    "perDialTimeout": connection.PER_DIAL_TIMEOUT,
}
_STEP = {
    "create": _TEXT, "update": _TEXT, "delete": _TEXT, "triggers": _LIST, "stdin": _TEXT,
    "environment": _MAP, "logging": _TEXT, "addPreviousOutputInEnv": _FLAG,
}  # fmt: skip
_LOCAL = {
    "interpreter": _LIST, "dir": _TEXT, "environment": _MAP, "stdin": _TEXT, "assetPaths": _LIST,
    "archivePaths": _LIST, "logging": _TEXT, "addPreviousOutputInEnv": _FLAG,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Table:
    """One resource or function. updates: whether it can change in place at all."""

    inputs: Mapping[str, str]
    required: tuple[str, ...] = ()
    updates: bool = True

    @property
    def replacing(self) -> tuple[str, ...] | None:
        """Paths whose change replaces the resource (None: all), as the published diff says."""
        return ("triggers",) if self.updates else None

    def check(self, given: Properties) -> tuple[Properties, list[Failure]]:
        """The inputs with defaults filled in, and what is wrong with them."""
        failures = _failures("", self.inputs, self.required, given)
        checked = dict(given)
        hop = given.get("connection")
        if hop is None or not isinstance(hop.value, Mapping):
            return checked, failures
        failures += _failures("connection.", {**_HOP, "proxy": _MAP}, ("host",), hop.value)
        filled = _with_defaults(hop.value)
        proxy = hop.value.get("proxy")
        if proxy is not None and isinstance(proxy.value, Mapping):
            failures += _failures("connection.proxy.", _HOP, ("host",), proxy.value)
            filled["proxy"] = PropertyValue(_with_defaults(proxy.value), is_secret=proxy.is_secret)
        # Secret as a whole, whatever the program says.
        checked["connection"] = PropertyValue(filled, is_secret=True)
        return checked, failures


TABLES: Final[Mapping[str, Table]] = MappingProxyType(
    {
        "command:remote:Command": Table(
            inputs={"connection": _MAP, **_STEP}, required=("connection",)
        ),
        "command:remote:CopyToRemote": Table(
            inputs={"connection": _MAP, "source": _MAP, "remotePath": _TEXT, "triggers": _LIST},
            required=("connection", "source", "remotePath"),
        ),
        "command:remote:CopyFile": Table(
            inputs={"connection": _MAP, "localPath": _TEXT, "remotePath": _TEXT, "triggers": _LIST},
            required=("connection", "localPath", "remotePath"),
            updates=False,
        ),
        "command:local:Command": Table(inputs={**_STEP, **_LOCAL}),
        "command:local:run": Table(inputs={"command": _TEXT, **_LOCAL}, required=("command",)),
    }
)


def source_failures(source: PropertyValue) -> list[Failure]:
    """What CopyToRemote cannot copy."""
    if is_unknown(source):
        return []
    assert isinstance(source.value, Mapping)
    if signature(source) == ASSET and not {"path", "text"} & source.value.keys():
        reason = "asset must be a path-based file asset or a text asset"
        return [Failure(path="asset", reason=reason)]
    if signature(source) == ARCHIVE and "path" not in source.value:
        return [Failure(path="archive", reason="archive must be a path to a file or directory")]
    if signature(source) not in (ASSET, ARCHIVE):
        return [Failure(path="asset", reason="either asset or archive must be set")]
    return []


def _with_defaults(hop: Mapping[str, PropertyValue]) -> Properties:
    return {**{name: wrap(value) for name, value in _DEFAULTS.items()}, **hop}


def _failures(
    where: str, types: Mapping[str, str], required: tuple[str, ...], given: Mapping[str, Any]
) -> list[Failure]:
    missing = [
        Failure(path=where + name, reason=f"missing required property '{name}'")
        for name in required
        if name not in given
    ]
    wrong = [
        Failure(path=where + name, reason=f"must be {types[name]}")
        if name in types
        else Failure(path=where + name, reason="no such property")
        for name, value in given.items()
        if not name.startswith("__")
        and not (name in types and (is_unknown(value) or _fits(value, types[name])))
    ]
    return missing + wrong


def _fits(value: PropertyValue, kind: str) -> bool:
    if kind == _NUMBER and isinstance(value.value, bool):
        return False
    return isinstance(value.value, _TYPES[kind])
