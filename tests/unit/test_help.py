"""`--help` of every command says what it does under its own name, and does nothing."""

import os
import re
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from ops.cli import init
from settings.sections import EdgeMode
from settings.server import server_models

ROOT = Path(__file__).parents[2]
SHELL = ("check", "setup", "test")
MODULES = {
    "audit": "audit",
    "bench": "bench",
    "docs": "settings.reference",
    "lab": "lab",
    "ops": "ops",
    "rehearse": "lab.rehearse",
}


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_every_command_is_looked_at() -> None:
    commands = {path.name for path in (ROOT / "bin").iterdir()} - {"_bootstrap"}

    assert commands == {*SHELL, *MODULES}


@pytest.mark.parametrize("name", SHELL)
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_the_help_of_a_shell_command_is_the_comment_at_its_top(name: str, flag: str) -> None:
    source = (ROOT / "bin" / name).read_text(encoding="utf-8").splitlines()

    done = _run(f"bin/{name}", flag)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == source[1].removeprefix("# ")
    assert "set -euo" not in done.stdout


def test_setup_refuses_words_it_does_not_know_before_it_installs_anything() -> None:
    done = _run("bin/setup", "prod")

    assert (done.returncode, done.stdout, done.stderr) == (1, "", "usage: bin/setup\n")


@pytest.mark.parametrize("name", MODULES)
def test_the_help_of_a_program_names_the_command_that_is_typed(name: str) -> None:
    done = _run(sys.executable, "-m", MODULES[name], "--help")

    assert done.returncode == 0
    assert f"usage: bin/{name}" in done.stdout.lower()


def test_what_stands_in_brackets_is_not_lost_from_the_help() -> None:
    done = _run(sys.executable, "-m", "ops", "ssh", "--help")

    assert "[vps] [-- COMMAND...]" in done.stdout


@pytest.mark.parametrize(
    ("option", "choices"), [("provider", server_models()), ("mode", get_args(EdgeMode))]
)
def test_the_help_of_bin_ops_init_names_every_choice(option: str, choices: Collection[str]) -> None:
    (told,) = get_type_hints(init, include_extras=True)[option].__metadata__

    assert {*choices} <= {*re.findall(r"[a-z-]+", told.help)}
