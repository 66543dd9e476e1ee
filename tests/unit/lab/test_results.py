"""Results belong to whoever owns the checkout, though root writes them."""

import os
from pathlib import Path

import pytest

from lab import paths, results


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[tuple[Path, int, int]]:
    """A checkout in a folder of its own, and what is given to whom."""
    calls: list[tuple[Path, int, int]] = []
    monkeypatch.setattr(paths, "checkout_dir", lambda: tmp_path)
    monkeypatch.setattr(os, "chown", lambda path, uid, gid: calls.append((path, uid, gid)))
    return calls


def test_a_result_and_its_folders_go_to_the_checkouts_owner(
    given: list[tuple[Path, int, int]], tmp_path: Path
) -> None:
    file = results.results_dir() / "audit" / "nmap.txt"
    owner = tmp_path.stat()

    results.hand_over(file)

    assert [path for path, _, _ in given] == [
        file,
        tmp_path / "build/audit",
        tmp_path / "build",
    ]
    assert {(uid, gid) for _, uid, gid in given} == {(owner.st_uid, owner.st_gid)}


def test_a_file_outside_of_the_checkout_keeps_its_owner(
    given: list[tuple[Path, int, int]],
) -> None:
    results.hand_over(Path("/tmp/elsewhere/bench.json"))

    assert given == []


def test_without_root_what_was_written_stays_ours(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(paths, "checkout_dir", lambda: tmp_path)
    monkeypatch.setattr(os, "chown", refuse)
    file = tmp_path / "build" / "bench.json"
    file.parent.mkdir()
    file.touch()

    results.hand_over(file)

    assert file.exists()
