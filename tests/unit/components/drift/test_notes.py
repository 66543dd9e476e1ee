"""What steps note on their host and what a later look says of it, in a real bash without root."""

import subprocess
from pathlib import Path

import pytest

from components.drift.report import Finding, read_report
from components.rendering import script

FILE = 'printf "one\\n" | stage f; install_file f "$PWD/target" 640 "$me"\n'


class Step:
    """One step, run in a folder that stands for its host."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, body: str, verb: str = "ensure") -> "subprocess.CompletedProcess[str]":
        """Run its verb; both verbs have the same body."""
        scripts = map(script, ["stage.sh", "lib.sh", "undo.sh", "notes.sh"])
        shared = "\n".join(["stack=p/dev step=a-step", *scripts])
        both = f"me=$(id -un):$(id -gn)\nensure() {{\n{body}}}\nabsent() {{\n{body}}}\n"
        return self._bash(f"{shared}{self._here}{both}main {verb} </dev/null\n")

    def look(self) -> tuple[Finding, ...]:
        """What differs now."""
        text = f"stack=p/dev\n{script('notes.sh')}\n{self._here}{script('drift.sh')}\nlook\n"
        done = self._bash(text)
        assert (done.returncode, done.stderr) == (0, "")
        return read_report(done.stdout)

    @property
    def _here(self) -> str:
        kept = "keep_undo() { :; }\nforget_undo() { :; }\n"  # test_undo.py has them
        kept += f"folders_lock={self._folder}/lock\n"
        return (
            f"notes={self._folder}/state/managed/p_dev\npending_dir={self._folder}/pending\n{kept}"
        )

    def _bash(self, text: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["bash", "-s"],
            input=text,
            capture_output=True,
            text=True,
            check=False,
            cwd=self._folder,
        )


@pytest.fixture
def step(tmp_path: Path) -> Step:
    return Step(tmp_path)


def test_what_a_step_left_is_as_it_was_noted(step: Step) -> None:
    assert step.run(FILE).returncode == 0

    assert step.look() == ()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("echo two >target", "was changed"),
        ("rm target", "was removed"),
        ("chmod 777 target", "has mode and owner 777"),
        ("mv target other; ln -s other target", "was replaced by a link"),
    ],
)
def test_a_file_that_was_changed_by_hand_is_named_until_the_step_put_it_back(
    step: Step, tmp_path: Path, damage: str, words: str
) -> None:
    step.run(FILE)
    subprocess.run(damage, shell=True, check=True, cwd=tmp_path)

    (found,) = step.look()
    assert found.step == "a-step"
    assert f"file {tmp_path}/target {words}" in str(found)

    assert "changed:" in step.run(FILE).stderr
    assert step.look() == ()


def test_a_file_that_a_step_took_away_is_missed_when_it_is_back(step: Step, tmp_path: Path) -> None:
    step.run('remove_file "$PWD/stock"\n')
    (tmp_path / "stock").write_text("back\n")

    assert [str(found) for found in step.look()] == [f"file {tmp_path}/stock was put back"]


def test_what_a_program_of_ours_changes_is_not_compared(step: Step, tmp_path: Path) -> None:
    step.run(FILE + 'unmanage file "$PWD/target"\nmanage port 1 nobody\n')
    (tmp_path / "target").write_text("renewed\n")

    assert step.look() == ()


def test_a_step_that_failed_counts_as_interrupted(step: Step) -> None:
    step.run(FILE)
    step.run("false\n")

    assert [str(found) for found in step.look()] == ["step a-step was interrupted"]


def test_a_step_that_manages_nothing_any_more_has_no_notes(step: Step, tmp_path: Path) -> None:
    step.run(FILE)
    step.run(":\n")

    assert [found.kind for found in step.look()] == ["notes"]
    assert not (tmp_path / "state").exists()


def test_an_undone_step_leaves_no_notes(step: Step, tmp_path: Path) -> None:
    step.run(FILE)
    step.run('remove_file "$PWD/target"\n', verb="absent")

    assert not (tmp_path / "state").exists()


def test_a_file_is_as_noted_until_somebody_changes_it(step: Step, tmp_path: Path) -> None:
    asking = 'if as_noted file "$PWD/target"; then echo same; else echo other; fi\n'
    step.run(FILE)
    same = step.run(asking + 'manage file "$PWD/target"\n').stdout
    (tmp_path / "target").write_text("two\n")

    assert (same, step.run(asking).stdout) == ("same\n", "other\n")


@pytest.mark.parametrize(
    ("kind", "name", "how"),
    [
        ("package", "no-such-package-of-any-debian", "absent"),
        ("account", "no-such-account", "absent"),
        ("account", "root", "/root:/bin/bash"),
        ("port", "1", "nobody"),
        ("table", "inet no_such_table", "absent"),
        ("file", "/etc/no-such-file", "absent"),
        ("limits", "/etc/no-such-file", "absent"),
        ("mode", "/etc/passwd", "644"),
        ("mode", "/etc/no-such-file", "absent"),
    ],
)
def test_a_thing_is_described_in_few_words(step: Step, kind: str, name: str, how: str) -> None:
    assert step.run(f"observe {kind} '{name}'\n").stdout == f"{how}\n"


def test_a_name_that_systemd_escaped_is_compared_like_any_other(step: Step) -> None:
    step.run('printf "one\\n" | stage f; install_file f "$PWD/run-a\\\\x2db.mount" 640 "$me"\n')

    assert step.look() == ()
