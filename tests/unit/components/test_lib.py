"""What every step shares, lib.sh, in a real bash and without root."""

import os
import subprocess
from pathlib import Path

import pytest

from components.rendering import script


def shell(folder: Path, body: str) -> "subprocess.CompletedProcess[str]":
    """Run lines after lib.sh, which is told to keep its notes in a folder of the test's."""
    shared = "\n".join(map(script, ["stage.sh", "lib.sh", "undo.sh", "notes.sh"]))
    places = f"pending_dir={folder}/pending folders_lock={folder}/lock"
    text = f"{shared}\n{places}\nme=$(id -un):$(id -gn)\n{body}\n"
    return subprocess.run(
        ["bash", "-s"], input=text, capture_output=True, text=True, check=False, cwd=folder
    )


INSTALL = 'printf "one\\n" | stage f; install_file f "$PWD/a/target" 640 "$me"\n'


def test_a_file_is_installed_with_its_mode_and_said_to_be_changed(tmp_path: Path) -> None:
    done = shell(tmp_path, INSTALL)
    target = tmp_path / "a/target"

    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"changed: {target}\n"
    assert target.read_text() == "one\n"
    assert target.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in target.parent.iterdir()] == ["target"]


def test_a_file_that_is_there_is_left_in_silence(tmp_path: Path) -> None:
    shell(tmp_path, INSTALL)
    before = (tmp_path / "a/target").stat().st_ino
    done = shell(tmp_path, "pending_key=nginx\n" + INSTALL)

    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "a/target").stat().st_ino == before
    assert not (tmp_path / "pending").exists()


@pytest.mark.parametrize("damage", ["chmod 600 a/target", "echo two >a/target", "rm a/target"])
def test_a_file_that_differs_is_put_right(tmp_path: Path, damage: str) -> None:
    shell(tmp_path, INSTALL)
    subprocess.run(damage, shell=True, check=True, cwd=tmp_path)
    done = shell(tmp_path, INSTALL)

    assert "changed:" in done.stderr
    assert (tmp_path / "a/target").read_text() == "one\n"
    assert (tmp_path / "a/target").stat().st_mode & 0o777 == 0o640


def test_a_link_is_replaced_and_what_it_leads_to_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "theirs").write_text("theirs\n")
    (tmp_path / "a/target").symlink_to("../theirs")
    shell(tmp_path, INSTALL)

    assert not (tmp_path / "a/target").is_symlink()
    assert (tmp_path / "theirs").read_text() == "theirs\n"


def test_a_file_that_cannot_be_written_fails_also_where_the_caller_tests_it(
    tmp_path: Path,
) -> None:
    (tmp_path / "a").write_text("a file where the folder should be\n")
    done = shell(tmp_path, f"if {INSTALL.partition('; ')[2].strip()}; then echo done; fi")

    assert done.returncode == 1
    assert "error: cannot write" in done.stderr
    assert "done" not in done.stdout


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    shell(tmp_path, INSTALL)
    full = 'mktemp() { ln -s /dev/full "$PWD/a/new"; echo "$PWD/a/new"; }\n'
    done = shell(tmp_path, full + INSTALL.replace("one", "two"))

    assert done.returncode == 1
    assert (tmp_path / "a/target").read_text() == "one\n"


def test_a_change_is_noted_until_the_service_has_taken_it_up(tmp_path: Path) -> None:
    shell(tmp_path, f"pending_key=nginx\n{INSTALL}")  # killed before the reload
    later = shell(tmp_path, f"pending_key=nginx\n{INSTALL}is_pending && echo due; clear_pending")
    after = shell(tmp_path, "pending_key=nginx\nis_pending || echo none")

    assert (later.stdout, later.stderr) == ("due\n", "")
    assert after.stdout == "none\n"
    assert not (tmp_path / "pending").exists()


def test_a_removed_file_is_noted_too_and_a_missing_one_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("")
    (tmp_path / "dangling").symlink_to("nowhere")
    body = 'pending_key=nginx\nfor f in f dangling; do remove_file "$PWD/$f"; done\n'
    first = shell(tmp_path, body + "is_pending && echo due; clear_pending")
    second = shell(tmp_path, body + "is_pending || echo none")

    assert first.stdout == "due\n"
    assert first.stderr == f"changed: removed {tmp_path}/f\nchanged: removed {tmp_path}/dangling\n"
    assert (second.stdout, second.stderr) == ("none\n", "")
    assert not (tmp_path / "dangling").is_symlink()


def test_what_is_staged_is_in_memory_and_nothing_of_it_is_left(tmp_path: Path) -> None:
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    text = (
        script("stage.sh")
        + script("lib.sh")
        + 'echo text | stage f\nls "$stage_dir"/f\nfail "because"\n'
    )
    done = subprocess.run(
        ["bash", "-s"], input=text, env=env, capture_output=True, text=True, check=False
    )
    staged = Path(done.stdout.strip())

    assert (done.returncode, done.stderr) == (1, "error: because\n")
    assert staged.parents[1] in {Path("/run"), Path("/dev/shm")}
    assert not staged.parent.exists()
    assert list(tmp_path.iterdir()) == []


def test_what_a_step_starts_is_not_told_of_the_folder_in_memory(tmp_path: Path) -> None:
    done = shell(tmp_path, "export TMPDIR_OTHER=1; env")

    assert "TMPDIR_OTHER=1" in done.stdout
    assert "TMPDIR=/" not in done.stdout


@pytest.mark.parametrize("verb", ["", "remove", "ensure;"])
def test_another_word_than_the_two_verbs_is_refused(tmp_path: Path, verb: str) -> None:
    done = shell(tmp_path, f"ensure() {{ echo ran; }}\nmain '{verb}'")

    assert (done.returncode, done.stdout) == (1, "")


def test_a_failing_command_ends_a_step(tmp_path: Path) -> None:
    done = shell(tmp_path, "ensure() { false; echo went on; }\nmain ensure </dev/null")

    assert (done.returncode, done.stdout) == (1, "")


def test_a_mark_that_cannot_be_set_ends_the_step_before_the_file_is_in_place(
    tmp_path: Path,
) -> None:
    (tmp_path / "pending").write_text("no folder")
    done = shell(tmp_path, f"pending_key=nginx\nif {INSTALL.strip()}; then echo went on; fi\n")

    assert (done.returncode, done.stdout) == (1, "")
    assert f"error: cannot write to {tmp_path}/pending" in done.stderr
    assert not (tmp_path / "a").exists()
