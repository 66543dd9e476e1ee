"""The scripts as they are run: shared functions in front, read by bash and by shellcheck."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from components.rendering import SCRIPTS, script
from components.step import SHARED, render_program, render_step

# Not steps: the look at what steps left, and files that they put on a machine.
PROGRAMS = [
    "drift.sh",
    "acme-renew.sh",
    "holds-tunnel.sh",
    "nginx-outdated.sh",
    "rollback.sh",
    "tunnel_shell.sh",
]
PARTS = {"become-root.sh", "clean-environment.sh", "stage.sh", *SHARED, *PROGRAMS}
STEPS = sorted(path.name for path in SCRIPTS.glob("*.sh") if path.name not in PARTS)
NAMES = (
    ("stack", "slug", "unit", "account", "where", "port", "listeners", "own_ports", "upgrade"),
    ("ports", "ssh_port"),
    ("rented", "admin", "host", "machine_id", "machine", "table"),
    ("attempts", "kind", "hostnames", "address", "address6", "patience", "phase", "seconds", "log"),
    ("directory", "folders", "elsewhere", "sockets", "modules"),
    ("name", "user", "key_file", "host_key", "tls"),
)
VALUES = {name: "value" for names in NAMES for name in names}
# Values and files come from outside, and not every step uses every function.
NOT_OURS = "SC2034,SC2154,SC2317,SC2329"


def rendered(name: str) -> str:
    """A step with all that it is made from, or a program of its own."""
    if name in PROGRAMS:
        return script(name)
    return script("stage.sh") + render_program(name, VALUES) + 'main "$@"\n'


@pytest.mark.parametrize("name", STEPS + PROGRAMS)
def test_bash_can_read_every_step(name: str) -> None:
    done = subprocess.run(
        ["bash", "-n"], input=rendered(name), capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", STEPS)
def test_bash_can_read_what_a_host_receives(name: str) -> None:
    text = render_step(name, VALUES, {"site.conf": "text"})
    done = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def shellcheck(text: str, choice: str) -> str:
    """What shellcheck says about a text."""
    beside_python = Path(sys.executable).parent / "shellcheck"
    program = str(beside_python) if beside_python.exists() else shutil.which("shellcheck")
    if program is None:
        pytest.fail("shellcheck is not installed: it comes with requirements-lab.txt")
    done = subprocess.run(
        [program, "--shell=bash", choice, "-"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", STEPS + PROGRAMS)
def test_shellcheck_has_nothing_to_say_about_a_whole_step(name: str) -> None:
    """As it is written, with the words to shellcheck that a host does not need."""
    written = script(name)
    if name in STEPS:
        given = "".join(f"{value}=value\n" for value in VALUES)
        shared = "".join(map(script, SHARED))
        written = f'{script("stage.sh")}{given}{shared}{written}main "$@"\n'

    assert shellcheck(written, f"--exclude={NOT_OURS}") == ""


@pytest.mark.parametrize("name", STEPS)
def test_every_variable_of_a_whole_step_is_set(name: str) -> None:
    assert shellcheck(rendered(name), "--include=SC2154") == ""


@pytest.mark.parametrize("name", STEPS)
def test_every_step_has_both_verbs_and_names_the_values_it_uses(name: str) -> None:
    text = script(name)

    assert re.search(r"^ensure\(\) \{", text, re.MULTILINE)
    assert re.search(r"^absent\(\) \{", text, re.MULTILINE)
    assert "# Values:" in text


@pytest.mark.parametrize("path", sorted(SCRIPTS.glob("*.sh")), ids=lambda path: str(path.name))
def test_no_script_skips_a_check_of_who_is_at_the_other_end(path: Path) -> None:
    assert not re.search(r"StrictHostKeyChecking[= ]no|--insecure|curl -k", path.read_text())
