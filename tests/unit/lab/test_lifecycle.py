"""What a lab needs, and what is said of one that is not there."""

from pathlib import Path

import pytest

from lab import cgroups, hosts, hoststate, lifecycle, namespaces
from lab.hoststate import HostError
from lab.lifecycle import LabError


def test_a_kernel_without_ipv6_is_named_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(lifecycle, "_need_root", lambda: None)
    monkeypatch.setattr(lifecycle, "IPV6", tmp_path / "ipv6")

    with pytest.raises(LabError, match="has no IPv6"):
        lifecycle.up("x")

    assert not (tmp_path / "vps-reverse-proxy").exists()


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
