"""pydantic's errors as lines a user can act on: the key as typed, what is wrong, the remedy."""

import json
import re
import typing
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from settings import suggestions
from settings.model import Settings
from settings.section import NAMESPACE
from settings.server import server_models
from settings.values import RefusalError

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECRET_LOOKING = re.compile(r"[A-Za-z0-9_+/=-]{32,}")
_SHOWN_LIMIT = 60
_WANTED = {
    "int_type": "is not a whole number; write digits alone, without quotes",
    "int_from_float": "is not a whole number; write it without a point",
    "bool_type": "is not true or false; write one of them without quotes",
    "model_type": "is not an object; write its keys below it, indented",
    "model_attributes_type": "is not an object; write its keys below it, indented",
    "dict_type": "is not an object; write its keys below it, indented",
}
# Follow-ups of another error, which is reported itself.
_SILENT = frozenset({"default_factory_not_called", "conflicts"})

Location = Sequence[str | int]
Line = tuple[str, str]
"""The path below the project's namespace, and the rest of the sentence."""


def typed_path(location: Location) -> str:
    """The path as `pulumi config set --path` takes it: `services[1].port`."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        elif _PLAIN_KEY.fullmatch(part):
            path += f".{part}" if path else part
        else:
            path += f"[{json.dumps(part)}]"
    return path


def shown(value: object) -> str:
    """The value for a message; what may be a secret is only described."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    text = str(value)
    if "PRIVATE KEY" in text or _SECRET_LOOKING.fullmatch(text):
        return f"the value ({len(text)} characters)"
    if len(text) > _SHOWN_LIMIT:
        text = text[:_SHOWN_LIMIT] + "..."
    if isinstance(value, str):
        return json.dumps(text, ensure_ascii=not text.isprintable())
    return json.dumps(value, default=str)


def lines(error: ValidationError, raw: Mapping[str, Any], secret: Iterable[str]) -> list[Line]:
    """One line per mistake.

    Args:
        error: what pydantic found.
        raw: the configuration that was checked.
        secret: top-level keys whose values are encrypted; their values are not shown.
    """
    hidden = frozenset({*secret, "alerts"})
    return [
        _line(details, raw, hidden)
        for details in error.errors(include_url=False)
        if details["type"] not in _SILENT and not _follow_up(details)
    ]


def _follow_up(details: ErrorDetails) -> bool:
    # A list whose entries were all refused counts as empty.
    return details["type"] == "too_short" and bool(details["input"])


def _line(details: ErrorDetails, raw: Mapping[str, Any], hidden: frozenset[str]) -> Line:
    location = _without_tag(details["loc"], raw)
    value = details["input"]
    if location and location[-1] == "[key]":  # pydantic's mark of a name in a mapping
        location = location[:-1]
    concealed = bool(location) and (location[0] in hidden or "api_keys" in location)
    words = "the value" if concealed else shown(value)
    match details["type"]:
        case "extra_forbidden":
            problem = _unknown_key(location, raw)
        case "missing":
            problem = _missing(location, raw)
        case "union_tag_not_found" | "union_tag_invalid":
            location = (*location, "provider")
            tag = value.get("provider") if isinstance(value, Mapping) else None
            problem = _no_provider(tag, concealed=concealed)
        case "too_short":
            problem = "is empty; it needs at least one entry"
        case _:
            problem = f"{words} {_wrong_value(details, location, raw, concealed=concealed)}"
    return typed_path(location), problem


def _wrong_value(
    details: ErrorDetails, location: Location, raw: Mapping[str, Any], *, concealed: bool
) -> str:
    """What the value is not, and what to write; follows the value itself."""
    value, context = details["input"], details.get("ctx", {})
    match details["type"]:
        case "literal_error":
            choices = str(context["expected"]).replace("'", "").replace(" or ", ", ")
            tail = "" if concealed else suggestions.choice(value, choices.split(", "))
            return f"is not one of {choices}{tail}"
        case "value_error":
            error = context["error"]
            meant = None if concealed or not isinstance(error, RefusalError) else error.meant
            return f"{error}; did you mean {shown(meant)}?" if meant else str(error)
        case "string_type":
            example = "" if concealed else _example(location, raw, "{}")
            return f"is not a text; write it in quotes{example}"
        case "tuple_type":
            example = "" if concealed else _example(location, raw, "- {}")
            return f'is not a list; write one entry per line, each after "- "{example}'
        case kind if kind in _WANTED:
            entry = location[0] == "services" and isinstance(location[-1], int)
            return _WANTED[kind] + (', the first as "- name: asr"' if entry else "")
        case _:
            return f"is wrong: {details['msg']}"


def _without_tag(location: Location, raw: Mapping[str, Any]) -> tuple[str | int, ...]:
    """The location without the union's tag that pydantic puts behind `server`."""
    server = raw.get("server")
    if (
        location[0] == "server"
        and len(location) > 1
        and isinstance(server, Mapping)
        and location[1] == server.get("provider")
    ):
        return (location[0], *location[2:])
    return tuple(location)


def _model_at(location: Location, raw: Mapping[str, Any]) -> type[BaseModel]:
    """The settings class whose key a location's last part is."""
    section = location[0] if len(location) > 1 else None
    if section is None:
        return Settings
    if section == "server":
        return server_models()[raw["server"]["provider"]]
    annotation = Settings.model_fields[str(section)].annotation
    item = typing.get_args(annotation)
    model = item[0] if item else annotation
    for part in location[1:-1]:
        if isinstance(part, str):  # a section in a section
            assert isinstance(model, type)
            assert issubclass(model, BaseModel)
            model = model.model_fields[part].annotation
    assert isinstance(model, type)
    assert issubclass(model, BaseModel)
    return model


def _unknown_key(location: Location, raw: Mapping[str, Any]) -> str:
    key = str(location[-1])
    if len(location) == 1:
        return suggestions.top_level(key, raw)
    return suggestions.below(key, _model_at(location, raw), raw, str(location[0]))


def _no_provider(tag: object, *, concealed: bool) -> str:
    choices = [*server_models()]
    if tag is None:
        return (
            f"is missing; use one of {', '.join(choices)}, for example"
            f" `pulumi config set --path {NAMESPACE}:server.provider {choices[0]}`"
        )
    words = "the value" if concealed else shown(tag)
    meant = "" if concealed else suggestions.choice(tag, choices)
    return f"{words} is not one of {', '.join(choices)}{meant}"


def _field_at(location: Location, raw: Mapping[str, Any]) -> FieldInfo | None:
    """The setting of a location, or of the list that it is an entry of."""
    named = location[: 1 + max(i for i, part in enumerate(location) if isinstance(part, str))]
    return _model_at(named, raw).model_fields.get(str(named[-1]))


def _example(location: Location, raw: Mapping[str, Any], form: str) -> str:
    field = _field_at(location, raw)
    if field is None or not field.examples:
        return ""
    return f', for example "{form.format(field.examples[0])}"'


def _missing(location: Location, raw: Mapping[str, Any]) -> str:
    field = _model_at(location, raw).model_fields[str(location[-1])]
    example = f", for example {field.examples[0]}" if field.examples else ""
    meaning = (field.description or "").rstrip(".")
    return f"is missing; set it{example} ({meaning})"
