"""Files that land on a machine, rendered from templates.

It knows nothing of Pulumi. A value that is missing is an error, never an empty string.
"""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
SCRIPTS = HERE / "scripts"

_environment = Environment(  # nosec B701 - no HTML
    loader=FileSystemLoader(TEMPLATES),
    undefined=StrictUndefined,
    keep_trailing_newline=True,
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=False,  # noqa: S701  # nginx and systemd files, not HTML; settings/ bounds every value
)


def render(template: str, /, **values: object) -> str:
    """The text of `templates/<template>` with its values.

    Raises:
        jinja2.UndefinedError: The template names a value that was not given.
    """
    return _environment.get_template(template).render(**values)


def script(name: str) -> str:
    """The text of `scripts/<name>`."""
    return (SCRIPTS / name).read_text(encoding="utf-8")
