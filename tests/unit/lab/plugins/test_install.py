"""Installing the plugins: which ones, at which version, how often, and what a person is told."""

import importlib
import io
import json
import os
import runpy
import subprocess
import sys
import tarfile
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from lab.cache import BuildError
from lab.paths import checkout_dir
from lab.plugins import install, published, serving
from lab.plugins.catalog import PLUGINS, Plugin, pinned_versions
from lab.plugins.install import PluginInstallError, install_plugins


class Host:
    """Remembers what it is asked to run."""

    def __init__(self) -> None:
        self.installed: dict[str, tuple[str, dict[str, bytes]]] = {}
        self.as_root: list[Sequence[str]] = []
        self.calls = 0

    def __call__(
        self, argv: Sequence[str], *, stdin: bytes = b"", root: bool = False
    ) -> subprocess.CompletedProcess[bytes]:
        self.calls += 1
        if root:
            self.as_root.append(argv)
        else:
            name, version = argv[-2:]
            with tarfile.open(fileobj=io.BytesIO(stdin)) as archive:
                members = archive.getmembers()
                assert all(member.mode == 0o755 for member in members)
                files = {m.name: archive.extractfile(m).read() for m in members}  # type: ignore[union-attr]  # all are files
            self.installed[name] = (version, files)
        return subprocess.CompletedProcess(argv, 0, b"", b"")


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "plugins.json"


@pytest.fixture(autouse=True)
def no_internet(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> bool:
        raise AssertionError("asked for the download host")

    monkeypatch.setattr(published, "reachable", fail)


STANDIN = {"LAB_PLUGINS": "standin"}


@pytest.mark.parametrize("plugin", PLUGINS, ids=lambda plugin: plugin.name)
def test_a_stand_in_says_the_version_that_its_executable_tells(
    plugin: Plugin, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = importlib.import_module(f"lab.plugins.{plugin.name}.__main__")
    said = list[str]()
    monkeypatch.setattr(module, "serve", lambda *_, version: said.append(version))
    mains = {f"lab.plugins.{plugin.name}": module.main}
    monkeypatch.setattr(runpy, "run_module", lambda name, **_: mains[name]())
    monkeypatch.setattr(sys, "argv", ["plugin", "127.0.0.1:1"])
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(os, "environ", dict(os.environ))

    exec(install.standin(plugin.name, "1.2.3"), {})  # it is the lab's own

    assert said == ["1.2.3"]


def test_requests_trusts_the_systems_certificates_where_there_are_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificates = tmp_path / "certificates.crt"
    monkeypatch.setattr(serving, "SYSTEM_CERTIFICATES", certificates)
    monkeypatch.setattr(os, "environ", {})

    serving.trust_the_system()
    assert os.environ == {}

    certificates.touch()
    serving.trust_the_system()
    assert os.environ == {"REQUESTS_CA_BUNDLE": str(certificates)}


def test_stand_ins_are_installed_at_the_sdks_pinned_versions(host: Host, record: Path) -> None:
    install_plugins(host, record=record, environment=STANDIN)
    versions = {name: version for name, (version, _) in host.installed.items()}
    assert versions == {
        "command": "1.2.1", "hcloud": "1.43.3", "digitalocean": "4.84.1", "linode": "6.8.0",
        "vultr": "2.27.1", "cloudflare": "6.23.1", "tls": "5.6.2",
    }  # fmt: skip
    script = host.installed["tls"][1]["pulumi-resource-tls"].decode()
    assert script.startswith("#!/opt/lab/lab-venv/bin/python -I\n")
    assert 'run_module("lab.plugins.tls"' in script
    assert "sys.argv.insert(1, '5.6.2')" in script
    compile(script, "script", "exec")


def test_every_plugin_of_the_table_has_its_sdk_pinned() -> None:
    requirements = (checkout_dir() / "requirements.txt").read_text()
    assert {plugin.package for plugin in PLUGINS} <= pinned_versions(requirements).keys()


def test_a_second_time_nothing_is_run(host: Host, record: Path) -> None:
    install_plugins(host, record=record, environment=STANDIN)
    before = host.calls
    install_plugins(host, record=record, environment=STANDIN)
    assert host.calls == before


def test_bytecode_is_compiled_by_root_when_the_sources_change(
    host: Host, record: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_plugins(host, record=record, environment=STANDIN)
    monkeypatch.setattr(install, "_sources_fingerprint", lambda: "changed")
    install_plugins(host, record=record, environment=STANDIN)
    assert len(host.as_root) == 2
    assert host.as_root[0][-1] == "/opt/lab/src/lab/plugins"


def test_a_lab_keeps_its_choice_until_another_is_asked_for(
    host: Host, record: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "download").mkdir()
    (tmp_path / "download/pulumi-resource-x").write_bytes(b"published")
    monkeypatch.setattr(published, "reachable", lambda: False)
    monkeypatch.setattr(published, "download", lambda *_, **__: tmp_path / "download")
    install_plugins(host, record=record, environment={})
    assert json.loads(record.read_text())["kind"] == "standin"
    monkeypatch.setattr(published, "reachable", lambda: True)
    install_plugins(host, record=record, environment={})
    assert b"lab.plugins.tls" in host.installed["tls"][1]["pulumi-resource-tls"]
    install_plugins(host, record=record, environment={"LAB_PLUGINS": "published"})
    assert host.installed["tls"][1] == {"pulumi-resource-x": b"published"}


def test_bridged_builds_hetzners_and_takes_stand_ins_for_the_others(
    host: Host, record: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "plugin").mkdir()
    for name in ("pulumi-resource-hcloud", "schema.json"):
        (tmp_path / "plugin" / name).write_bytes(name.encode())
    monkeypatch.setattr(install, "ensure_bridged", lambda *_, **__: tmp_path / "plugin")
    environment = {"LAB_PLUGINS": "bridged"}
    install_plugins(host, record=record, environment=environment)

    version, files = host.installed["hcloud"]
    assert version == "1.43.3"
    assert files == {name: name.encode() for name in ("pulumi-resource-hcloud", "schema.json")}
    assert b"lab.plugins.tls" in host.installed["tls"][1]["pulumi-resource-tls"]

    monkeypatch.setattr(install, "bridged_sources", lambda: b"changed")
    host.installed.clear()
    install_plugins(host, record=record, environment=environment)
    assert list(host.installed) == ["hcloud"]


def test_unset_takes_the_published_ones_where_their_host_answers(
    host: Host, record: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = []

    def download(name: str, version: str, server: str, *, report: object) -> Path:
        del report
        asked.append((name, version, server))
        (tmp_path / name).mkdir()
        (tmp_path / name / f"pulumi-resource-{name}").write_bytes(b"published")
        return tmp_path / name

    monkeypatch.setattr(published, "reachable", lambda: True)
    monkeypatch.setattr(published, "download", download)
    install_plugins(host, record=record, environment={})
    assert min(asked) == ("cloudflare", "6.23.1", "")
    assert host.installed["command"] == ("1.2.1", {"pulumi-resource-command": b"published"})


def test_own_executables_replace_those_of_their_name_and_the_rest_follows(
    host: Host, record: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    for name in ("pulumi-resource-hcloud", "pulumi-resource-of-no-interest"):
        (own / name).write_bytes(b"\x7fELF")
        (own / name).chmod(0o755)
    environment = {**STANDIN, "LAB_PLUGIN_DIR": str(own)}
    install_plugins(host, record=record, environment=environment)
    assert host.installed["hcloud"] == ("1.43.3", {"pulumi-resource-hcloud": b"\x7fELF"})
    assert b"lab.plugins.tls" in host.installed["tls"][1]["pulumi-resource-tls"]
    (own / "pulumi-resource-hcloud").write_bytes(b"\x7fELF, newer")
    host.installed.clear()
    install_plugins(host, record=record, environment=environment)
    assert list(host.installed) == ["hcloud"]
    install_plugins(host, record=record, environment=STANDIN)
    assert b"lab.plugins.hcloud" in host.installed["hcloud"][1]["pulumi-resource-hcloud"]


def test_a_wrong_choice_names_the_right_ones(host: Host, record: Path) -> None:
    with pytest.raises(PluginInstallError, match="LAB_PLUGINS=both: use published, standin"):
        install_plugins(host, record=record, environment={"LAB_PLUGINS": "both"})
    assert not record.exists()


def test_a_plugin_folder_that_cannot_be_used_says_why(
    host: Host, record: Path, tmp_path: Path
) -> None:
    def refused(directory: Path) -> str:
        environment = {"LAB_PLUGIN_DIR": str(directory)}
        with pytest.raises(PluginInstallError) as error:
            install_plugins(host, record=record, environment=environment)
        return str(error.value)

    assert "cannot be read: No such file or directory" in refused(tmp_path / "nowhere")
    assert "holds none of pulumi-resource-command" in refused(tmp_path)
    (tmp_path / "pulumi-resource-tls").touch(0o644)
    assert f"{tmp_path}/pulumi-resource-tls is no executable file: chmod +x it" in refused(tmp_path)


def test_a_failed_installation_is_tried_again(record: Path) -> None:
    def broken(
        argv: Sequence[str], *, stdin: bytes = b"", root: bool = False
    ) -> subprocess.CompletedProcess[bytes]:
        if not root:
            raise BuildError("no space")
        return subprocess.CompletedProcess(argv, 0, b"", b"")

    with pytest.raises(BuildError, match="no space"):
        install_plugins(broken, record=record, environment=STANDIN)
    host = Host()
    install_plugins(host, record=record, environment=STANDIN)
    assert len(host.installed) == len(PLUGINS)


def test_a_slow_or_silent_download_host_counts_as_not_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()

    def refuse() -> None:
        raise ConnectionRefusedError

    assert published.reachable(lambda: None)
    assert not published.reachable(refuse)
    assert not published.reachable(lambda: time.sleep(5), seconds=0.1)


def test_a_download_runs_the_cli_once_and_keeps_the_plugin(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine = tmp_path / "engine"
    engine.mkdir()
    (engine / "pulumi").write_text(
        "#!/bin/sh\n"
        'echo "$@" >>"$CALLS"\n'
        '[ "$4" = tls ] || { echo "error: 404"; exit 1; }\n'
        'mkdir -p "$PULUMI_HOME/plugins/resource-$4-v$5"\n'
        'echo binary >"$PULUMI_HOME/plugins/resource-$4-v$5/pulumi-resource-$4"\n'
    )
    (engine / "pulumi").chmod(0o755)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    monkeypatch.setattr(published, "ensure_engine", lambda **_: engine)
    for _ in range(2):
        found = published.download("tls", "5.6.2", "github://example")
        assert (found / "pulumi-resource-tls").read_text() == "binary\n"
    calls = (tmp_path / "calls").read_text().splitlines()
    assert calls == ["plugin install resource tls 5.6.2 --server github://example"]
    with pytest.raises(
        BuildError, match=r"(?s)hcloud 1\.43\.3 cannot be downloaded.*LAB_PLUGINS=standin"
    ):
        published.download("hcloud", "1.43.3")
    assert os.environ["XDG_CACHE_HOME"]
