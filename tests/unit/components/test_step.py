"""What a host is sent, run through a real bash: nothing in a value or file may get out of it."""

import shlex
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components import step
from components.rendering import script
from components.step import command_line, render_step

# Everything but NUL, which no argument and no variable can hold, and lone surrogates.
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
HOSTILE = st.one_of(
    TEXT,
    st.sampled_from(
        [
            "'",
            "$(exit 9)",
            "`exit 9`",
            "a\nexit 9\n",
            "\\",
            "!!",
            "END-",
            "${stage_dir}",
            "'; exit 9; '",
            "é\u2028",
            "-n",
            "\r\n",
        ]
    ),
)
STAGE = 'set -eu\nstage_dir=$(mktemp -d)\nstage() { cat >"$stage_dir/$1"; }\n'


def run(text: str, verb: str = "ensure") -> "subprocess.CompletedProcess[bytes]":
    """Run a step's standard input as the host does."""
    return subprocess.run(
        ["bash", "-s", "--", verb], input=text.encode(), capture_output=True, check=False
    )


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scripts that print what they were given."""
    scripts = {
        "clean-environment.sh": "",
        "become-root.sh": "",
        **dict.fromkeys(step.SHARED, ""),
        "stage.sh": STAGE,
        "lib.sh": 'main() { "$1"; rm -rf "$stage_dir"; }\n',
        "print-value.sh": 'ensure() { printf %s "$value"; }\n',
        "print-file.sh": 'ensure() { cat "$stage_dir/a file"; }\n',
        "swallow.sh": "ensure() { readlink /proc/self/fd/0; }\n",
        "early.sh": 'derived=/var/lib/$unit\nensure() { echo "$derived"; }\n',
    }
    monkeypatch.setattr(step, "script", scripts.__getitem__)


def printed(script: str, values: Mapping[str, str], files: Mapping[str, str]) -> str:
    """What a script prints of its values and files."""
    done = run(render_step(script, values, files))
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout.decode()


@pytest.mark.usefixtures("bare")
@given(value=HOSTILE)
@settings(max_examples=60, deadline=None)
def test_a_value_arrives_as_it_was(value: str) -> None:
    assert printed("print-value.sh", {"value": value}, {}) == value


@pytest.mark.usefixtures("bare")
@given(text=HOSTILE)
@settings(max_examples=60, deadline=None)
def test_a_file_arrives_as_it_was_and_ends_in_a_newline(text: str) -> None:
    whole = text if not text or text.endswith("\n") else text + "\n"

    assert printed("print-file.sh", {}, {"a file": text}) == whole


@given(text=HOSTILE)
def test_the_end_of_a_file_is_no_line_of_it(text: str) -> None:
    rendered = render_step("wsl-host.sh", {}, {"f": text})
    end = rendered.rpartition("<<'")[2].partition("'")[0]

    assert end not in text.split("\n")


@pytest.mark.usefixtures("bare")
def test_a_value_is_there_when_the_script_is_read() -> None:
    assert printed("early.sh", {"unit": "vps-tunnel"}, {}) == "/var/lib/vps-tunnel\n"


@pytest.mark.usefixtures("bare")
def test_what_a_step_runs_cannot_swallow_the_rest_of_it() -> None:
    assert printed("swallow.sh", {}, {}) == "/dev/null\n"


def test_the_same_step_is_the_same_text() -> None:
    again = [render_step("wsl-host.sh", {"host": "a"}, {"f": "x"}) for _ in range(2)]

    assert again[0] == again[1]


def test_the_command_line_holds_the_verb_and_names_only() -> None:
    assert command_line("ensure", "vps-tunnel") == "bash -s -- ensure vps-tunnel"
    assert shlex.quote("a; b") in command_line("absent", "a; b")


def fake_programs(folder: Path, uid: int, sudo: str) -> dict[str, str]:
    """A PATH where `id`, `sudo` and `hostname` say what the test wants."""
    programs = {
        "id": f'[ "$1" = -u ] && echo {uid} || echo speech',
        "sudo": sudo,
        "hostname": "echo wsl",
    }
    for name, body in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)
    return {"PATH": f"{folder}:/usr/bin:/bin"}


def ask(folder: Path, uid: int, sudo: str) -> "subprocess.CompletedProcess[str]":
    """Run the command line with a step that tells its locale and verb once it is root."""
    return subprocess.run(
        ["/bin/sh", "-c", command_line("ensure")],
        input=script("become-root.sh") + 'echo "$1 $LC_ALL"\n',
        env=fake_programs(folder, uid, sudo),
        capture_output=True,
        text=True,
        check=False,
    )


def test_root_needs_no_sudo(tmp_path: Path) -> None:
    assert ask(tmp_path, 0, "exit 1").stdout == "ensure C.UTF-8\n"


def test_anybody_else_uses_sudo(tmp_path: Path) -> None:
    done = ask(tmp_path, 1000, 'shift; [ "$1" = true ] || { echo sudo; exec env "$@"; }')

    assert done.stdout == "sudo\nensure C.UTF-8\n"


def test_without_sudo_it_says_what_to_allow(tmp_path: Path) -> None:
    done = ask(tmp_path, 1000, "echo 'a password is required' >&2; exit 1")

    assert done.returncode == 1
    assert done.stderr == (
        "error: speech may not use sudo without a password on wsl; allow it there (sudo visudo -f "
        "/etc/sudoers.d/vps-reverse-proxy): speech ALL=(ALL) NOPASSWD: ALL\n"
    )
