"""What the layers over the roots are named by and consist of."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lab.cache import silent
from lab.engine.build import PROGRAMS
from lab.images import layers


@pytest.fixture(autouse=True)
def _no_builds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every build is named and not made."""
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    (checkout / "requirements.txt").write_text("pulumi==1\n")
    (checkout / "requirements-lab.txt").write_text("hcloud==1\nruff==1\n")
    engine = tmp_path / "engine"
    engine.mkdir()
    for name in PROGRAMS:
        (engine / name).write_text(name)
    monkeypatch.setattr(layers, "checkout_dir", lambda: checkout)
    monkeypatch.setattr(layers, "ensure_engine", lambda **_: engine)
    monkeypatch.setattr(layers, "ensure_root", lambda name, **_: tmp_path / f"{name}-1/root")
    monkeypatch.setattr(layers, "build_once", lambda target, _build: target)


def test_the_wsl_and_client_hosts_share_their_layers() -> None:
    assert layers.ensure_layer("wsl") == layers.ensure_layer("client")


def test_every_layer_ends_with_the_root(tmp_path: Path) -> None:
    for name in ("wsl", "edge", "client"):
        assert layers.ensure_layer(name)[-1] == tmp_path / "debian-12-1/root"


def test_a_layer_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="no layer 'infra'"):
        layers.ensure_layer("infra")


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-lab.txt"])
def test_changed_requirements_need_another_layer(tmp_path: Path, name: str) -> None:
    before = layers.ensure_layer("wsl")
    with (tmp_path / "checkout" / name).open("a") as requirements:
        requirements.write("httpx==1\n")
    assert layers.ensure_layer("wsl") != before


def test_a_changed_tool_of_the_developers_does_not(tmp_path: Path) -> None:
    before = layers.ensure_layer("wsl")
    (tmp_path / "checkout/requirements-lab.txt").write_text("hcloud==1\nruff==2\n")
    assert layers.ensure_layer("wsl") == before


def test_another_engine_changes_its_own_layer_only(tmp_path: Path) -> None:
    engine, tools, _ = layers.ensure_layer("wsl")
    (tmp_path / "engine/pulumi").write_text("another engine")
    engine_after, tools_after, _ = layers.ensure_layer("wsl")
    assert engine_after != engine
    assert tools_after == tools


def test_on_another_release_the_services_have_debians_root(tmp_path: Path) -> None:
    engine, services, tools, root = layers.ensure_layer("wsl", image="ubuntu-26.04")
    assert root == tmp_path / "ubuntu-26.04-1/root"
    assert "tools-resolute-" in str(tools)
    assert "services-" in str(services)
    assert [engine, tools] != layers.ensure_layer("wsl")[:2]


def test_the_services_root_is_debians_with_its_tools_on_top(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "debian-12-1/root"
    tools = tmp_path / "cache/vps-reverse-proxy/layers/tools-bookworm-1/root"
    for part, text in ((root, "root"), (tools, "tools")):
        (part / "etc").mkdir(parents=True)
        (part / "etc/passwd").write_text(text)
        (part / text).write_text(text)
    made = tmp_path / "made"

    def build(_target: Path, build: Callable[[Path], None]) -> Path:
        build(made)
        return made

    monkeypatch.setattr(layers, "_tools", lambda *_: tools)
    monkeypatch.setattr(layers, "build_once", build)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    inside = layers._services(silent) / layers.SERVICES.lstrip("/")
    assert (inside / "etc/passwd").read_text() == "tools"
    assert (inside / "root").samefile(root / "root")
    assert (inside / "tools").read_text() == "tools"
    assert (root / "etc/passwd").read_text() == "root"


def test_what_the_hosts_do_not_run_is_off_before_anything_is_installed(tmp_path: Path) -> None:
    layers._switch_off(tmp_path)
    assert (tmp_path / "etc/cloud/cloud-init.disabled").exists()
    assert (tmp_path / "etc/systemd/system/ssh.service").readlink() == Path("/dev/null")
