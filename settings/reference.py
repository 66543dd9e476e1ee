"""The reference of all settings, written from the settings themselves.

`bin/docs` writes docs/configuration.md, the table in README.md and the `config` block of
Pulumi.yaml; `bin/docs --check` only says whether they are up to date.
"""

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path

import yaml
from jinja2 import Environment, StrictUndefined

from settings.defaults import DEFAULT_SERVICES
from settings.model import Settings
from settings.rows import Row, rows, section_rows

_ROOT = Path(__file__).parents[1]
_PAGE = Path(__file__).with_name("reference.md.j2")
_README_TABLE = re.compile(
    r"(<!-- config:begin -->\n).*?(<!-- config:end -->)", re.DOTALL | re.MULTILINE
)
_CONFIG_BLOCK = re.compile(r"^(config:\n)(?:[ #].*\n|\n)*", re.MULTILINE)


def table(some: list[Row]) -> str:
    """The rows as a Markdown table."""
    lines = ["| key | type | default | meaning |", "| --- | --- | --- | --- |"]
    for row in some:
        scope = f" ({', '.join(row.providers)})" if row.providers else ""
        lines.append(f"| `{row.key}`{scope} | {row.kind} | {row.default} | {row.meaning} |")
    return "\n".join(lines) + "\n"


def page() -> str:
    """The text of docs/configuration.md: a table for each section, then examples."""
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
    parser = argparse.ArgumentParser(prog="bin/docs", description=__doc__)
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
