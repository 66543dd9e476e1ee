"""Every setting as a row of the reference: its path, type, default and meaning."""

import json
import typing
from collections.abc import Iterable, Iterator

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from settings.model import Settings
from settings.server import server_models
from settings.values import Kind, format_duration


class Row(typing.NamedTuple):
    """One setting: its path (`services[].port`), type, default and meaning.

    `providers` is empty where it is so for all of them.
    """

    key: str
    providers: tuple[str, ...]
    kind: str
    default: str
    meaning: str


def rows() -> list[Row]:
    """Every setting, in the order of the settings classes."""
    return [row for section in Settings.model_fields for row in section_rows(section)]


def section_rows(section: str) -> list[Row]:
    """The settings of one top-level key."""
    if section == "server":
        return list(_server_rows())
    annotation = Settings.model_fields[section].annotation
    arguments = typing.get_args(annotation)
    model = arguments[0] if arguments else annotation
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return [_row("", section, Settings.model_fields[section])]
    prefix = f"{section}[]" if arguments else section
    return list(_rows_of(prefix, model))


def _rows_of(prefix: str, model: type[BaseModel]) -> Iterator[Row]:
    """The settings of a section, and of the sections in it."""
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _rows_of(f"{prefix}.{name}", inner)
        else:
            yield _row(prefix, name, field)


def _server_rows() -> Iterator[Row]:
    models = server_models()
    meanings = " ".join(
        f"`{tag}`: {model.model_fields['provider'].description}" for tag, model in models.items()
    )
    yield Row("server.provider", (), _choices(models), "required", meanings)
    # By setting, then by how it is: what is alike for several providers is told once.
    alike: dict[str, dict[Row, list[str]]] = {}
    for tag, model in models.items():
        for name, field in model.model_fields.items():
            if name != "provider":
                alike.setdefault(name, {}).setdefault(_row("server", name, field), []).append(tag)
    for kinds in alike.values():
        for row, tags in kinds.items():
            yield row._replace(providers=() if len(tags) == len(models) else tuple(tags))


def _row(prefix: str, name: str, field: FieldInfo) -> Row:
    key = f"{prefix}.{name}" if prefix else name
    return Row(key, (), _kind(field), _default(field), field.description or "")


def _choices(values: Iterable[object]) -> str:
    return " or ".join(f"`{value}`" for value in values)


def _kind(field: FieldInfo) -> str:
    words = [item.words for item in field.metadata if isinstance(item, Kind)]
    if words:
        return words[-1]
    origin, arguments = typing.get_origin(field.annotation), typing.get_args(field.annotation)
    if origin is typing.Literal:
        return _choices(arguments)
    for argument in arguments:
        inner = [item.words for item in typing.get_args(argument) if isinstance(item, Kind)]
        if inner:
            return f"list of {inner[-1]}" if origin is tuple else inner[-1]
    raise TypeError(f"{field!r} has no Kind")


def _default(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    if isinstance(extra, dict) and "default_words" in extra:
        return str(extra["default_words"])
    if field.is_required():
        return "required"
    value = field.default
    if _kind(field).startswith("duration"):
        return f"`{format_duration(value)}`"
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"
