"""What is copied to a host, and what is not."""

import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from lab import transfer
from lab.transfer import CheckoutError, checkout_files, fingerprint


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    def git(*words: str) -> None:
        subprocess.run(["git", "-C", str(tmp_path), *words], check=True, capture_output=True)

    git("init")
    (tmp_path / ".gitignore").write_text(".venv/\n")
    (tmp_path / "kept.py").write_text("x")
    (tmp_path / "deleted.py").write_text("x")
    git("add", ".")
    (tmp_path / "deleted.py").unlink()
    (tmp_path / "new.py").write_text("x")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv/ignored").write_text("x")
    return tmp_path


def test_new_files_are_copied_and_deleted_and_ignored_ones_are_not(checkout: Path) -> None:
    assert checkout_files(checkout) == [".gitignore", "kept.py", "new.py"]


def test_a_folder_that_is_no_checkout_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckoutError, match="is not a git checkout"):
        checkout_files(tmp_path / "nowhere")


def test_content_and_the_right_to_execute_make_a_difference_and_time_does_not(
    tmp_path: Path,
) -> None:
    file = tmp_path / "script"
    file.write_text("x")
    before = fingerprint({"script": file})
    file.touch()
    assert fingerprint({"script": file}) == before
    file.chmod(0o755)
    assert fingerprint({"script": file}) != before
    file.chmod(0o644)
    file.write_text("y")
    assert fingerprint({"script": file}) != before


def test_files_and_their_folders_arrive_as_the_users_own(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("x")
    (tmp_path / "run").chmod(0o700)
    archive = transfer._archive({"a/b/run": tmp_path / "run"}, "speech")
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        found = {member.name: (member.uname, oct(member.mode)) for member in members}
    assert found == {
        "a": ("speech", "0o755"),
        "a/b": ("speech", "0o755"),
        "a/b/run": ("speech", "0o755"),
    }
