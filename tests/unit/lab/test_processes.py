"""Daemons are known by more than a number, and get nothing of the caller's."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from lab import cgroups
from lab.processes import Process, clean_environment, saved, write_atomically


def test_a_process_file_names_a_process_that_runs(tmp_path: Path) -> None:
    Process.of(os.getpid()).save(tmp_path / "process")
    assert saved(tmp_path / "process") == Process.of(os.getpid())


def test_a_process_id_that_another_program_has_by_now_is_not_ours(tmp_path: Path) -> None:
    mine = Process.of(os.getpid())
    Process(pid=mine.pid, started=mine.started - 1).save(tmp_path / "process")
    assert saved(tmp_path / "process") is None


def test_a_process_that_ended_is_not_alive_even_before_it_is_reaped(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as child:
        process = Process.of(child.pid)
        assert process.send(signal.SIGKILL)
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert not process.alive
        assert not process.send(signal.SIGTERM)


def test_a_broken_process_file_names_nothing(tmp_path: Path) -> None:
    (tmp_path / "process").write_text("{")
    assert saved(tmp_path / "process") is None
    assert saved(tmp_path / "missing") is None


def test_the_callers_tokens_do_not_reach_the_labs_programs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HCLOUD_TOKEN", "caller's")
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "caller's")
    assert "caller's" not in clean_environment().values()


def test_a_replaced_file_is_ours_alone(tmp_path: Path) -> None:
    write_atomically(tmp_path / "secret", "x")
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_a_machine_without_cgroup2_is_told_how_to_mount_it(tmp_path: Path) -> None:
    (tmp_path / "mounts").write_text("cgroup /sys/fs/cgroup/cpu cgroup rw 0 0\n")
    with pytest.raises(cgroups.CgroupError, match="mount -t cgroup2"):
        cgroups.mount_point(tmp_path / "mounts")


def test_cgroup2_is_found_beside_version_1(tmp_path: Path) -> None:
    (tmp_path / "mounts").write_text(
        "cgroup /sys/fs/cgroup/cpu cgroup rw 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n"
    )
    assert cgroups.mount_point(tmp_path / "mounts") == Path("/sys/fs/cgroup/unified")
