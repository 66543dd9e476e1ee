"""The kernel's limit that the lab raises and puts back."""

from pathlib import Path

import pytest

from lab import cgroups, kernel_limits, lifecycle, namespaces, net
from lab.kernel_limits import raise_limits, restore_limits


@pytest.fixture
def limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "vps-reverse-proxy").mkdir()
    file = tmp_path / "max_user_instances"
    file.write_text("128\n")
    return file


def test_the_machines_own_limit_comes_back_with_the_last_lab(limit: Path) -> None:
    raise_limits(limit)
    raise_limits(limit)  # a second lab
    assert int(limit.read_text()) == 1024

    restore_limits(labs_left=True, limit=limit)
    assert int(limit.read_text()) == 1024

    restore_limits(labs_left=False, limit=limit)
    assert int(limit.read_text()) == 128


def test_a_higher_limit_is_left_alone(limit: Path) -> None:
    limit.write_text("8192\n")

    raise_limits(limit)
    restore_limits(labs_left=False, limit=limit)

    assert int(limit.read_text()) == 8192


def test_the_last_lab_that_goes_down_puts_it_back(
    limit: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raise_limits(limit)
    monkeypatch.setattr(cgroups, "kill", lambda _group, **_options: None)
    monkeypatch.setattr(net, "destroy", lambda _lab: None)
    monkeypatch.setattr(namespaces, "RUN_NETNS", limit.parent / "no-namespaces")
    monkeypatch.setattr(kernel_limits.restore_limits, "__kwdefaults__", {"limit": limit})

    lifecycle.down("last")

    assert int(limit.read_text()) == 128
