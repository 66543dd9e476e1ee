"""What the documents promise: every command of the guide, links, messages the program says."""

import re
from pathlib import Path
from typing import get_args

import pytest
import typer

from ops.day2 import commands
from settings.sections import EdgeMode
from settings.server import server_models

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
COMMANDS = Path(__file__).with_name("guide_commands.txt").read_text(encoding="utf-8").splitlines()
_CODE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_PROMISE = re.compile(
    r"later\s+version|not\s+there\s+yet|version\s+rents|coming\s+soon", re.IGNORECASE
)
_RECIPE = re.compile(r"^([^\n]+)\n+^(```bash\n.*?)^```", re.DOTALL | re.MULTILINE)


def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def _anchors(page: Path) -> set[str]:
    """The headings of a page, as GitHub makes anchors of them."""
    headings = re.findall(r"^#+ (.+)$", _CODE.sub("", _text(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("command", COMMANDS)
def test_the_guides_commands_all_have_their_line(command: str) -> None:
    assert f"`{command}`" in _text(ROOT / "docs/guide.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    for link in _LINK.findall(_CODE.sub("", _text(page))):
        if link.startswith("http"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        if anchor:
            assert anchor in _anchors(target), link


def _day2_commands() -> list[str]:
    app = typer.Typer()
    commands.register(app)
    return [
        str(command.name or getattr(command.callback, "__name__", ""))
        for command in app.registered_commands
    ]


def test_the_guide_names_every_provider_every_mode_and_every_command_of_day_2() -> None:
    guide = _text(ROOT / "docs/guide.md")
    names = [*server_models(), *get_args(EdgeMode)]
    typed = _day2_commands()

    assert {"status", "test", "latency", "logs", "restart", "doctor"} <= set(typed)
    assert [name for name in names if f"`{name}`" not in guide] == []
    assert [name for name in typed if f"`bin/ops {name}" not in guide] == []


def test_the_modes_have_a_row_each_and_no_other() -> None:
    table = _text(ROOT / "docs/modes.md").partition("\n\nBetween Cloudflare")[0]

    assert tuple(re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE)) == get_args(EdgeMode)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_promises_what_is_to_come(page: Path) -> None:
    assert _PROMISE.findall(_text(page)) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_who_asks_the_vps_itself_is_told_in_which_modes_it_answers(page: Path) -> None:
    """Behind Cloudflare it answers nobody else, and a recipe that asks it finds nothing."""
    asked = re.compile(r"https?://VPS\b|--resolve \S*:VPS\b")
    recipes = _RECIPE.findall(_text(page))

    assert len(asked.findall(_text(page))) == sum(len(asked.findall(code)) for _, code in recipes)
    assert [words for words, code in recipes if asked.search(code) and "`direct" not in words] == []


def _said() -> str:
    """Every text of the program, with the seams of split strings closed."""
    sources = [
        path
        for folder in ("components", "settings", "ops", "bin")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    ]
    text = "\n".join(map(_text, sources))
    return re.sub(r'"\s*\n\s*f?"', "", text)


def test_every_message_with_a_remedy_is_one_the_program_says() -> None:
    messages = re.findall(
        r"^- `([^`]+)`",
        _text(ROOT / "docs/troubleshooting.md").partition("## Messages")[2],
        re.MULTILINE,
    )
    said = _said()

    assert len(messages) > 20
    # "..." stands for what differs from case to case.
    missing = [
        message
        for message in messages
        if not all(part in said for part in message.split("...") if part.strip())
    ]
    assert missing == []


def test_every_error_of_a_step_has_its_remedy_in_troubleshooting() -> None:
    """By its first plain words: what a script prints before its first value."""
    page = _text(ROOT / "docs/troubleshooting.md").partition("## Messages")[2]
    wanted = {
        re.split(r"\$|;|:|\(|'", words)[0].strip()
        for script in sorted((ROOT / "components/scripts").glob("*.sh"))
        for words in re.findall(r'\bfail(?:_config)? "([^"]+)"', _text(script))
    }
    missing = sorted(words for words in wanted if len(words) > 8 and words not in page)

    assert missing == []


def test_every_sentence_of_the_readme_has_a_line_of_its_own() -> None:
    prose = _CODE.sub("", _text(ROOT / "README.md"))
    lines = [line for line in prose.splitlines() if line and line[0] not in "|<#-"]

    assert [line for line in lines if re.search(r"[a-z)`]\. [A-Z]", line)] == []


def test_every_file_that_the_architecture_tells_to_change_is_there() -> None:
    """Of what is new the page says NAME in its place."""
    page = _text(ROOT / "docs/architecture.md").partition("## Where the next one goes")[2]
    named = {path for path in re.findall(r"`([a-z_]+/[\w./-]*)`", page) if "NAME" not in path}

    assert len(named) > 50
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("package", ["components", "ops", "bench", "lab"])
def test_the_architecture_names_every_module(package: str) -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    tree = page.partition(f"\n{package}/\n")[2].partition("\n```")[0]
    named = set(re.findall(r"[\w.]+(?:\.py|(?=/))", tree))
    modules = {
        path.name
        for path in (ROOT / package).iterdir()
        if not path.name.startswith("__") and (path.is_dir() or path.suffix == ".py")
    }

    assert modules - named == set()
