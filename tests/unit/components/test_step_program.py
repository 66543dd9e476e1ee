"""What of the shared scripts a step brings along: what it uses, and no comment."""

import re
import subprocess

import pytest

from components.rendering import SCRIPTS, script
from components.step import SHARED, render_program
from components.step_program import with_what_it_uses, without_comments
from tests.unit.components.test_scripts import STEPS, VALUES

WRITTEN = sorted(path.name for path in SCRIPTS.glob("*.sh"))
SETTINGS = "".join(f"{name}=x\n" for name in VALUES) + "stage_dir=x memory=x\n"
# A command of letters and a variable, as undo_$kind or ${kind}_undo.
PUT_TOGETHER = re.compile(
    r"(?:^|[;&|({]|\b(?:then|do|else)) *\"?(?:\w+\$\{?\w|\$\{?\w+\}\w)", re.MULTILINE
)


def functions(text: str, *options: str) -> str:
    """The functions that a script defines, as bash itself has read them."""
    done = subprocess.run(
        ["bash", "-s"],
        input=f"{SETTINGS}{text}\ndeclare {' '.join(options)}",
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize("name", [*SHARED, *STEPS])
def test_without_its_comments_a_script_is_the_same_to_bash(name: str) -> None:
    written = script(name)

    assert "#" in written
    assert not re.search(r"^\s*#", without_comments(written), re.MULTILINE)
    assert functions(without_comments(written), "-f") == functions(written, "-f") != ""


@pytest.mark.parametrize("name", STEPS)
def test_a_step_has_each_function_and_variable_that_it_names(name: str) -> None:
    program = render_program(name, VALUES)
    every = functions("".join(map(script, SHARED)), "-F").split()
    own = functions(program, "-F").split()
    words = set(re.findall(r"\w+", program))

    assert {"install_file", "install_packages", "main"} <= set(every)
    assert words & set(every) <= set(own)
    for assigned in re.findall(r"^(\w+)=", "".join(map(script, SHARED)), re.MULTILINE):
        assert assigned not in words or re.search(rf"^{assigned}=", program, re.MULTILINE), assigned


def test_a_step_leaves_at_home_what_it_does_not_use() -> None:
    program = render_program("wsl-host.sh", {})

    assert "install_packages" not in program
    assert "nginx" not in program
    assert "install_packages() {" in render_program("nginx-packages.sh", {})


def test_what_is_used_brings_along_what_it_uses_itself_in_the_order_of_all() -> None:
    shared = ["first=1\nnever=2\n", 'one() {\n  two "$first"\n}\n# of one\ntwo() { :; }\n']

    assert with_what_it_uses("one\n", shared) == (
        'first=1\none() {\n  two "$first"\n}\ntwo() { :; }\none\n'
    )


def test_a_command_at_the_margin_is_always_there_and_what_it_uses() -> None:
    shared = ["folder=/x\nexport PLACE=$folder\nother=/y\n"]

    assert with_what_it_uses("", shared) == "folder=/x\nexport PLACE=$folder\n"


def test_what_others_call_is_there_though_the_script_does_not_name_it() -> None:
    assert with_what_it_uses("", ["main() { :; }\nelse() { :; }\n"], "main") == "main() { :; }\n"


def test_what_only_a_comment_names_is_not_used() -> None:
    assert with_what_it_uses("# never\n  # or: never\n:\n", ["never=1\n"]) == ":\n"


def test_no_shared_name_is_defined_twice() -> None:
    names = re.findall(r"^(\w+)(?:\(\)|=)", "".join(map(script, SHARED)), re.MULTILINE)

    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("name", WRITTEN)
def test_nothing_is_called_by_a_name_that_is_put_together(name: str) -> None:
    """What is used is found by its name."""
    code = without_comments(script(name))

    assert not re.search(r"\beval\b|\$\{!\w+\}|\b(?:local|declare) -n\b", code)
    assert not PUT_TOGETHER.search(code)


@pytest.mark.parametrize(
    "line", ["  undo_$kind now", 'x && "${kind}_undo"', "if x; then put_$1; fi"]
)
def test_a_call_by_a_name_that_is_put_together_would_be_found(line: str) -> None:
    assert PUT_TOGETHER.search(line)
