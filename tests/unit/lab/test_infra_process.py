"""The lab's central process starts anew when its sources changed, and only then."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import cgroups, infra_process
from lab.processes import Process


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[subprocess.Popen[bytes]]:
    """What `start` starts: a process that sleeps."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(cgroups, "mount_point", lambda: tmp_path)
    with subprocess.Popen(["sleep", "60"]) as child:

        def start_daemon(*_: object, process_file: Path, **__: object) -> None:
            process_file.parent.mkdir(parents=True)
            Process.of(child.pid).save(process_file)

        monkeypatch.setattr(infra_process, "start_daemon", start_daemon)
        yield child
        child.kill()


def test_it_is_outdated_once_a_module_changes(
    child: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    infra_process.start("x")
    assert child.poll() is None
    assert not infra_process.outdated("x")

    monkeypatch.setattr(infra_process, "sources", lambda: "other")

    assert infra_process.outdated("x")


def test_one_that_ended_is_not_outdated_but_gone(
    child: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    infra_process.start("x")
    monkeypatch.setattr(infra_process, "sources", lambda: "other")

    infra_process.stop("x")

    assert child.wait() != 0
    assert not infra_process.outdated("x")
    infra_process.stop("x")


def test_every_module_counts_and_nothing_else_does(tmp_path: Path) -> None:
    (tmp_path / "clouds").mkdir()
    (tmp_path / "clouds/app.py").write_text("1")
    first = infra_process.sources(tmp_path)

    (tmp_path / "notes.txt").write_text("1")
    assert infra_process.sources(tmp_path) == first

    (tmp_path / "clouds/app.py").write_text("2")
    assert infra_process.sources(tmp_path) != first
