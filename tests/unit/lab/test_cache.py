"""Things built once: whole or absent, built by one, stale ones removed."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lab.cache import STALE_AFTER, BuildError, build_once, run_logged
from lab.paths import cache_dir, lab_dir


@pytest.fixture(autouse=True)
def _cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def _never(_into: Path) -> None:
    raise AssertionError("it is there already")


def _fill(into: Path) -> None:
    (into / "file").write_text("whole")


def _age(path: Path) -> None:
    old = time.time() - STALE_AFTER - 60
    os.utime(path, (old, old))


def test_what_is_built_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "kept/thing-1"
    assert build_once(target, _fill) == target
    build_once(target, _never)
    assert (target / "file").read_text() == "whole"


@pytest.mark.parametrize("interruption", [RuntimeError, KeyboardInterrupt])
def test_an_interrupted_build_leaves_nothing_and_the_next_one_works(
    tmp_path: Path, interruption: type[BaseException]
) -> None:
    target = tmp_path / "kept/thing-1"

    def build(into: Path) -> None:
        (into / "half").touch()
        raise interruption

    with pytest.raises(interruption):
        build_once(target, build)
    assert list(target.parent.iterdir()) == []
    build_once(target, _fill)
    assert [path.name for path in target.iterdir()] == ["file"]


def test_what_a_killed_build_left_is_not_built_upon(tmp_path: Path) -> None:
    left = tmp_path / "kept/.thing-1.partial"
    left.mkdir(parents=True)
    (left / "half").touch()
    target = build_once(tmp_path / "kept/thing-1", _fill)
    assert [path.name for path in target.iterdir()] == ["file"]
    assert not left.exists()


def test_two_at_once_build_it_once(tmp_path: Path) -> None:
    target = tmp_path / "kept/thing-1"
    built: list[Path] = []

    def build(into: Path) -> None:
        built.append(into)
        time.sleep(0.05)  # long enough for the second to arrive; too short only weakens the test

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: build_once(target, build), range(2)))
    assert len(built) == 1


def test_a_new_build_removes_a_stale_one_of_the_same_thing_only(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    for name in ("thing-old", "thing-fresh", "other-old", "thing-12-old"):
        build_once(kept / name, _fill)
        if name.endswith("old"):
            _age(kept / name)
    build_once(kept / "thing-new", _fill)
    left = {path.name for path in kept.iterdir()}
    assert left == {"thing-new", "thing-fresh", "other-old", "thing-12-old"}


def test_nothing_is_removed_while_a_lab_is_up(tmp_path: Path) -> None:
    old = build_once(tmp_path / "kept/thing-old", _fill)
    _age(old)
    lab_dir("test").mkdir(parents=True)
    build_once(tmp_path / "kept/thing-new", _fill)
    assert old.is_dir()


def test_using_a_build_keeps_it_from_becoming_stale(tmp_path: Path) -> None:
    old = build_once(tmp_path / "kept/thing-old", _fill)
    _age(old)
    build_once(old, _never)
    build_once(tmp_path / "kept/thing-new", _fill)
    assert old.is_dir()


def test_a_failed_program_is_reported_with_the_end_of_its_output_and_the_log() -> None:
    command = ["sh", "-c", "seq 100; echo the reason >&2; exit 3"]
    with pytest.raises(BuildError) as failure:
        run_logged("thing", command)
    message = str(failure.value)
    assert "status 3" in message
    assert "the reason" in message
    assert "    50\n" not in message
    assert str(cache_dir() / "logs/thing.log") in message


def test_only_the_output_of_the_failed_program_itself_is_shown() -> None:
    run_logged("thing", ["echo", "earlier success"])
    with pytest.raises(BuildError) as failure:
        run_logged("thing", ["false"])
    assert "earlier success" not in str(failure.value)


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(BuildError, match="cannot run no-such-program"):
        run_logged("thing", ["no-such-program"])
