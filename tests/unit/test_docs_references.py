"""What the documents name exists: commands and their options, keys, outputs, files."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from audit.cli import main as audit
from bench.cli import bench
from lab import cli as lab_cli
from lab.rehearse import main as rehearse
from ops import cli as ops_cli
from settings.rows import rows

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")])
SOURCES = [
    path
    for folder in ("settings", "components", "ops")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in {".py", ".sh"}
]
_CODE = re.compile(r"^```[a-z]*\n(.*?)^```|`([^`\n]+)`", re.DOTALL | re.MULTILINE)
_PATH = re.compile(
    r"(?:\.ci|audit|bench|bin|components|docs|lab|ops|settings|tests)(?:/[\w.*-]+)+/?"
)
_KEYS = {row.key for row in rows()}


def _code(page: Path) -> Iterator[str]:
    """What is typed or named: the lines of the blocks, and the words between backticks."""
    for found in _CODE.finditer(page.read_text(encoding="utf-8").replace("\\\n", " ")):
        yield from (found[1] or found[2]).splitlines()


def _alone(command: Any) -> Any:
    app = typer.Typer(add_completion=False)
    app.command()(command)
    return typer.main.get_command(app)


PROGRAMS: dict[str, Any] = {
    "ops": typer.main.get_command(ops_cli.app),
    "lab": typer.main.get_command(lab_cli.app),
    "rehearse": _alone(rehearse),
    "bench": _alone(bench),
    "audit": _alone(audit),
}
# These are shell, and say their options in their own help.
SHELL = ("check", "docs", "setup", "test")


def _typed() -> Iterator[tuple[str, list[str]]]:
    for page in PAGES:
        for line in _code(page):
            for name, rest in re.findall(r"^(?:sudo )?bin/([a-z]+)([^#;|&]*)", line):
                yield name, re.split(r" -- ?", rest)[0].split()


def _options(command: Any) -> set[str]:
    return {"--help", *(word for one in command.params for word in one.opts + one.secondary_opts)}


def _commands(command: Any) -> dict[str, Any]:
    return getattr(command, "commands", {})


def _unknown(name: str, words: list[str]) -> list[str]:
    """The words of a command line that the program would not take."""
    if name in SHELL:
        text = (ROOT / "bin" / name).read_text(encoding="utf-8")
        return [word for word in words if word.startswith("--") and word not in text]
    if name not in PROGRAMS:
        return [f"bin/{name}"]
    command = PROGRAMS[name]
    allowed = _options(command)
    commands = _commands(command)
    if commands:
        chosen = [word for word in words if word in commands]
        plain = [word for word in words if not word.startswith("-")]
        if plain and not chosen and name != "lab":
            return plain[:1]
        if chosen == ["pulumi"]:  # what follows is pulumi's
            return []
        for one in chosen[:1]:
            allowed |= _options(commands[one])
    return [word for word in words if word.startswith("-") and word not in allowed]


def test_every_command_line_of_the_documents_is_one_that_the_commands_take() -> None:
    typed = [*_typed()]

    assert len(typed) > 100
    assert {"setup", "test", *PROGRAMS} <= {name for name, _ in typed}
    assert [(name, words) for name, words in typed if _unknown(name, words)] == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ops", ["stat"]),
        ("ops", ["status", "--wach"]),
        ("rehearse", ["--fast"]),
        ("lab", ["link", "home", "--lose"]),
        ("test", ["--all"]),
        ("nothing", []),
    ],
)
def test_a_command_line_that_nothing_takes_is_noticed(name: str, words: list[str]) -> None:
    assert _unknown(name, words)


def _key(typed: str) -> str:
    """`services[0].port` as the reference has it; a name that the user gives is left out."""
    key = re.sub(r"\[\d+\]", "[]", typed.strip("'\"`.,:)"))
    return re.sub(r"(?<=api_keys)\..*|(?<=_allow)\[\]|(?<=regions)\[\]", "", key)


def _is_key(key: str) -> bool:
    return key in _KEYS or any(known.startswith((f"{key}.", f"{key}[")) for known in _KEYS)


@pytest.mark.parametrize("page", [*PAGES, *SOURCES], ids=lambda page: str(page.relative_to(ROOT)))
def test_every_key_that_is_set_is_one_of_the_settings(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    typed = re.findall(r"vps-reverse-proxy:([a-z_]+(?:\[\d+\]|\.[a-z_]\w*)*)", text)

    assert [key for key in typed if key != "index" and not _is_key(_key(key))] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_key_that_is_named_is_one_of_the_settings(page: Path) -> None:
    sections = "|".join({key.partition(".")[0].removesuffix("[]") for key in _KEYS})
    named = [
        word
        for word in _code(page)
        if re.fullmatch(rf"(?:{sections})(?:\[\d*\])?(?:\.[a-z_]+)+", word)
        and not word.endswith((".exe", ".py", ".service", ".sh"))
    ]

    assert [key for key in named if not _is_key(_key(key))] == []


def test_every_output_that_is_asked_for_is_one_of_the_stacks() -> None:
    said = (ROOT / "components/deployment/exports.py").read_text(encoding="utf-8")
    outputs = set(re.findall(r'export\("(\w+)"', said))
    asked = [
        name
        for page in [*PAGES, *SOURCES]
        for name in re.findall(
            r"pulumi stack output (?!-)(\w+)(?=[`\n#)]| +#)", page.read_text(encoding="utf-8")
        )
    ]

    assert len(asked) > 5
    assert [name for name in asked if name not in outputs] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_is_named_is_there(page: Path) -> None:
    named = [word for word in _code(page) if _PATH.fullmatch(word)]
    # NAME, PAGE and the like stand for any.
    plain = [word for word in named if not re.search("[A-Z]{3}", word)]

    assert [word for word in plain if not [*ROOT.glob(word.rstrip("/"))]] == []
