"""Reads a stack's configuration as `Settings`, or reports every mistake in one message."""

import json
import re
from collections.abc import Mapping
from typing import Any, TypeVar

import pulumi
from pulumi.runtime import config as runtime
from pydantic import TypeAdapter, ValidationError

from settings import suggestions
from settings.api_keys import emptied, in_clear
from settings.conflicts import find_conflicts
from settings.credentials import is_encrypted
from settings.defaults import fill
from settings.messages import Line, lines
from settings.model import Settings
from settings.partial import Partial
from settings.section import NAMESPACE
from settings.sections import EdgeSettings, LoadBalancerSettings, Service, TunnelSettings
from settings.server import ServerSettings
from settings.watching import WatchSettings

_T = TypeVar("_T")
_SECTION = re.compile(r"([a-z_]+)(?:\[([0-9]+)\])?")


def load_settings(config: pulumi.Config) -> Settings:
    """The stack's settings.

    Raises:
        pulumi.RunError: with one line per mistake; nothing of the stack was touched.
    """
    raw, mistakes = _read(config)
    secret = [key for key in raw if is_encrypted(config.full_key(key))]
    mistakes += in_clear(raw.get("services"), encrypted="services" in secret)
    mistakes += emptied(raw.get("services"))
    mistakes += _alerts_in_clear(raw.get("alerts"), encrypted="alerts" in secret)
    settings: Settings | None = None
    try:
        settings = Settings.model_validate(raw)
    except ValidationError as error:
        filled = fill(raw)
        mistakes += lines(error, filled, secret)
        mistakes += _conflicts(filled, secret)
    if settings is None or mistakes:
        order = [*Settings.model_fields]
        mistakes.sort(key=lambda line: _rank(line[0], order))
        text = "\n".join(f"  {config.name}:{path}: {problem}" for path, problem in mistakes)
        raise pulumi.RunError(
            f"Invalid configuration:\n{text}\nNothing was changed. All keys: docs/configuration.md."
        ) from None
    return settings


def _alerts_in_clear(alerts: object, *, encrypted: bool) -> list[Line]:
    """The addresses that alerts go to are as good as passwords."""
    if encrypted or not isinstance(alerts, Mapping):
        return []
    return [
        (
            f"alerts.{key}",
            (
                "stands in the configuration unencrypted; set it with `pulumi config set --secret"
                f" --path {NAMESPACE}:alerts.{key}` (it asks for the address)"
            ),
        )
        for key in ("webhook", "ntfy")
        if alerts.get(key)
    ]


def _conflicts(filled: Mapping[str, Any], secret: list[str]) -> list[Line]:
    found = find_conflicts(_valid_parts(filled))
    if not secret:
        return found
    # Such a rule's words name values of several settings, and some of them are encrypted.
    return [(path, "clashes with another setting; see docs/configuration.md") for path, _ in found]


def _rank(path: str, order: list[str]) -> tuple[int, int]:
    """Where a line stands: by section, then by the entry of a list."""
    found = _SECTION.match(path)
    section, index = (found[1], int(found[2] or -1)) if found else (path, -1)
    return (order.index(section) if section in order else len(order)), index


def _read(config: pulumi.Config) -> tuple[dict[str, Any], list[Line]]:
    """The project's keys as plain values, and what cannot be read or is not ours."""
    raw: dict[str, Any] = {}
    unknown: list[str] = []
    for key in _keys(config.name):
        if key not in Settings.model_fields:
            unknown.append(key)
            continue
        text = config.get(key)
        if text is None:
            continue
        try:
            value = json.loads(text)
        except ValueError:
            # A scalar such as `server: hcloud`; the section's own check names it.
            value = text
        if value is not None:
            raw[key] = value
    return raw, [(key, suggestions.top_level(key, raw)) for key in unknown]


def _keys(namespace: str) -> list[str]:
    """The names of all configuration keys of a namespace.

    `pulumi.Config` can only be asked for a key by name; the runtime's maps hold them all.
    """
    every = {**runtime.get_config_env(), **runtime.CONFIG.get()}
    prefix = f"{namespace}:"
    named = {key.removeprefix(prefix) for key in every if key.startswith(prefix)}
    return sorted(named | {key for key in Settings.model_fields if _in_environment(prefix + key)})


def _in_environment(full_key: str) -> bool:
    return runtime.get_config(full_key) is not None


def _valid(adapter: TypeAdapter[_T], value: object) -> _T | None:
    try:
        return adapter.validate_python(value)
    except ValidationError:
        return None


def _valid_parts(filled: Mapping[str, Any]) -> Partial:
    """What is valid by itself, so that rules across settings speak up beside other mistakes."""
    services = filled["services"] if isinstance(filled["services"], list) else []
    checked = {index: _valid(TypeAdapter(Service), item) for index, item in enumerate(services)}
    return Partial(
        server=_valid(TypeAdapter(ServerSettings), filled["server"]),
        services={index: service for index, service in checked.items() if service},
        edge=_valid(TypeAdapter(EdgeSettings), filled.get("edge", {})),
        tunnel=_valid(TypeAdapter(TunnelSettings), filled.get("tunnel", {})),
        load_balancer=_valid(TypeAdapter(LoadBalancerSettings), filled.get("load_balancer", {})),
        watch=_valid(TypeAdapter(WatchSettings), filled.get("watch", {})),
    )
