"""The reference of all settings, written from the settings themselves.

`bin/docs` writes docs/configuration.md, the table in README.md and the `config` block of
Pulumi.yaml; `bin/docs --check` only says whether they are up to date.
"""

import argparse
import json
import re
import sys
import typing
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml
from jinja2 import Environment, StrictUndefined
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from settings.defaults import DEFAULT_SERVICES
from settings.model import Settings
from settings.server import server_models
from settings.values import Kind, format_duration

_ROOT = Path(__file__).parents[1]
_PAGE = Path(__file__).with_name("reference.md.j2")
_README_TABLE = re.compile(
    r"(<!-- config:begin -->\n).*?(<!-- config:end -->)", re.DOTALL | re.MULTILINE
)
_CONFIG_BLOCK = re.compile(r"^(config:\n)(?:[ #].*\n|\n)*", re.MULTILINE)


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


def _choices(values: typing.Iterable[object]) -> str:
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


def table(some: list[Row]) -> str:
    """The rows as a Markdown table."""
    lines = ["| key | type | default | meaning |", "| --- | --- | --- | --- |"]
    for row in some:
        scope = f" ({', '.join(row.providers)})" if row.providers else ""
        lines.append(f"| `{row.key}`{scope} | {row.kind} | {row.default} | {row.meaning} |")
    return "\n".join(lines) + "\n"


def page() -> str:
    """docs/configuration.md."""
    environment = Environment(  # nosec B701 - Markdown
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        autoescape=False,  # noqa: S701 - Markdown from our own sources
    )
    template = environment.from_string(_PAGE.read_text(encoding="utf-8"))
    sections = {
        name: (field.description, table(section_rows(name)))
        for name, field in Settings.model_fields.items()
    }
    return template.render(sections=sections)


def declarations() -> dict[str, object]:
    """The `config` block of Pulumi.yaml: every top-level key with type, meaning and default.

    A key without a default would be asked for by the engine, one error at a time.
    """
    return {
        name: {
            "type": "array",
            "items": {"type": "object"},
            "description": field.description,
            "default": [dict(service) for service in DEFAULT_SERVICES],
        }
        if name == "services"
        else {"type": "string", "description": field.description, "default": field.default}
        if isinstance(field.default, str)
        else {"type": "object", "description": field.description, "default": {}}
        for name, field in Settings.model_fields.items()
    }


def project_file(old: str) -> str:
    """Pulumi.yaml with its `config` block renewed."""
    block = yaml.safe_dump({"config": declarations()}, sort_keys=False, width=1000)
    return _CONFIG_BLOCK.sub(lambda _: block, old)


def readme(old: str) -> str:
    """README.md with its table renewed."""
    return _README_TABLE.sub(lambda found: f"{found[1]}{table(rows())}{found[2]}", old)


WRITERS: dict[str, Callable[[str], str]] = {
    "docs/configuration.md": lambda _: page(),
    "README.md": readme,
    "Pulumi.yaml": project_file,
}


def main() -> int:
    """Write what is out of date, or with --check name it and return 1."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; 1 if out of date")
    check = parser.parse_args().check
    stale = []
    for name, write in WRITERS.items():
        path = _ROOT / name
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        new = write(old)
        if new != old:
            stale.append(name)
            if not check:
                path.write_text(new, encoding="utf-8")
    if stale and check:
        print(f"out of date: {', '.join(stale)}; run bin/docs", file=sys.stderr)
    elif stale:
        print(f"written: {', '.join(stale)}")
    return 1 if stale and check else 0


if __name__ == "__main__":
    sys.exit(main())
