"""What a lab needs, and what is said of one that is not there."""

from pathlib import Path

import pytest

from lab import cgroups, hosts, hoststate, lifecycle, namespaces, own
from lab.hoststate import HostError
from lab.lifecycle import LabError
from lab.paths import lab_dir


def test_a_kernel_without_ipv6_is_named_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(lifecycle, "_need_root", lambda: None)
    monkeypatch.setattr(lifecycle, "IPV6", tmp_path / "ipv6")

    with pytest.raises(LabError, match="has no IPv6"):
        lifecycle.up("x")

    assert not (tmp_path / "vps-reverse-proxy").exists()


@pytest.fixture
def standing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A lab that is up, with Ubuntu on the user's machines."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for nothing in ("_need_root", "_need_ipv6", "_revive"):
        monkeypatch.setattr(lifecycle, nothing, lambda *_: None)
    monkeypatch.setattr(lifecycle, "_made", lambda _: True)
    lab_dir("x").mkdir(parents=True)
    own.choose("x", "ubuntu-26.04")
    return "x"


@pytest.mark.parametrize("image", [None, "ubuntu-26.04"])
def test_a_lab_that_stands_stays_what_it_is(standing: str, image: str | None) -> None:
    lifecycle.up(standing, image=image)

    assert own.chosen(standing) == "ubuntu-26.04"


@pytest.mark.parametrize(
    ("image", "words"),
    [
        ("debian-12", "lab x runs ubuntu-26.04, and debian-12 is asked for: remove the lab first"),
        (
            "fedora",
            "there is no distribution 'fedora': use one of debian-12, debian-13, ubuntu-24.04",
        ),
    ],
)
def test_another_distribution_than_it_runs_is_refused(
    standing: str, image: str, words: str
) -> None:
    with pytest.raises(LabError, match=words):
        lifecycle.up(standing, image=image)


def test_infra_of_a_lab_that_is_down_is_not_entered_and_leaves_no_control_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(namespaces, "RUN_NETNS", tmp_path / "netns")
    monkeypatch.setattr(cgroups, "mount_point", lambda: tmp_path)

    with pytest.raises(HostError, match="lab x is not up: run bin/lab --lab x up"):
        hosts.entry("x", "infra")
    with pytest.raises(HostError, match="lab x is not up: run bin/lab --lab x up"):
        hoststate.leader("x", "wsl")

    assert list(tmp_path.iterdir()) == []
