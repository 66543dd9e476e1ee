"""pydantic's errors as lines a user can act on: the key as typed, what is wrong, the remedy."""

import difflib
import json
import re
import typing
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from settings.model import Settings
from settings.server import ServerSettings

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECRET_LOOKING = re.compile(r"[A-Za-z0-9_+/=-]{32,}")
_SHOWN_LIMIT = 60
_WANTED = {
    "string_type": "is not a text; write it in quotes",
    "int_type": "is not a whole number; write it without quotes",
    "int_from_float": "is not a whole number; write it without a point",
    "bool_type": "is not true or false; write one of them without quotes",
    "tuple_type": 'is not a list; write one entry per line, each after "- "',
    "model_type": "is not an object; write its keys below it, indented",
    "model_attributes_type": "is not an object; write its keys below it, indented",
    "dict_type": "is not an object; write its keys below it, indented",
}
# Follow-ups of another error, which is reported itself.
_SILENT = frozenset({"default_factory_not_called", "conflicts"})

Location = Sequence[str | int]
Line = tuple[str, str]
"""The path below the project's namespace, and the rest of the sentence."""


def server_models() -> dict[str, type[BaseModel]]:
    """The providers' settings by their tag."""
    union = typing.get_args(ServerSettings)[0]
    return {
        typing.get_args(model.model_fields["provider"].annotation)[0]: model
        for model in typing.get_args(union)
    }


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
    return json.dumps(text) if isinstance(value, str) else json.dumps(value, default=str)


def suggestion(key: str, known: Iterable[str]) -> str:
    """The tail of a refusal: the key that was probably meant, or all there are."""
    keys = list(known)
    close = difflib.get_close_matches(key, keys, n=1)
    return f'did you mean "{close[0]}"?' if close else f"there are {', '.join(keys)}"


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
    context = details.get("ctx", {})
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
        case "union_tag_not_found":
            location = (*location, "provider")
            problem = f"is missing; use one of {', '.join(server_models())}"
        case "union_tag_invalid":
            location = (*location, "provider")
            tag = "the value" if words == "the value" else shown(context["tag"])
            problem = f"{tag} is not one of {', '.join(server_models())}"
        case "literal_error":
            choices = str(context["expected"]).replace("'", "").replace(" or ", ", ")
            problem = f"{words} is not one of {choices}"
        case "too_short":
            problem = "is empty; it needs at least one entry"
        case "value_error":
            problem = f"{words} {context['error']}"
        case kind if kind in _WANTED:
            problem = f"{words} {_WANTED[kind]}"
        case _:
            problem = f"{words} is wrong: {details['msg']}"
    return typed_path(location), problem


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
    scope = ""
    if location[0] == "server" and len(location) > 1:
        scope = f" for provider {raw['server']['provider']}"
    known = _model_at(location, raw).model_fields
    return f"no such key{scope}; {suggestion(str(location[-1]), known)}"


def _missing(location: Location, raw: Mapping[str, Any]) -> str:
    field = _model_at(location, raw).model_fields[str(location[-1])]
    example = f", for example {field.examples[0]}" if field.examples else ""
    meaning = (field.description or "").rstrip(".")
    return f"is missing; set it{example} ({meaning})"
