"""Installs the provider plugins of the lab's WSL host: published, stand-ins, built, the caller's.

LAB_PLUGINS=published|standin|bridged chooses; unset, the published ones are taken if their host
answers when the lab comes up. LAB_PLUGIN_DIR names a folder whose executables
`pulumi-resource-NAME` replace those of that name.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from lab.cache import BuildError, Report, silent
from lab.paths import checkout_dir
from lab.plugins import published
from lab.plugins.bridged.build import BRIDGED, bridged_sources, ensure_bridged
from lab.plugins.catalog import PLUGINS, Plugin, pinned_versions
from lab.processes import write_atomically

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping, Sequence

PYTHON: Final = "/opt/lab/lab-venv/bin/python"
SOURCES: Final = "/opt/lab/src"
_KINDS: Final = ("published", "standin", "bridged")


class PluginInstallError(BuildError):
    """The plugins cannot be installed as asked; says which setting or file, and what to do."""


class Run(Protocol):
    """Runs a command on the WSL host, as its user or as root; raises when it fails."""

    def __call__(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        root: bool = False,
    ) -> subprocess.CompletedProcess[bytes]:
        """The command's output."""


def install_plugins(
    run: Run,
    *,
    record: Path,
    environment: Mapping[str, str] = os.environ,
    plugins: Sequence[Plugin] = PLUGINS,
    report: Report = silent,
) -> None:
    """Install what is not installed yet; nothing to do is found out from `record` alone.

    record: file of this lab that remembers what its host has; to be removed with the host's disk.
    Raises PluginInstallError for a setting that cannot be followed, BuildError for a failed
    download, and what `run` raises.
    """
    before = json.loads(record.read_text()) if record.exists() else {}
    own = _own_executables(environment.get("LAB_PLUGIN_DIR", ""), plugins)
    others = [plugin for plugin in plugins if plugin.name not in own]
    kind = _kind(environment.get("LAB_PLUGINS", ""), before.get("kind", ""), others)
    versions = pinned_versions((checkout_dir() / "requirements.txt").read_text())
    wanted = {
        plugin.name: _fingerprint(plugin, versions[plugin.package], own.get(plugin.name), kind)
        for plugin in plugins
    }
    sources = _sources_fingerprint()
    have = before.get("installed", {})
    stale = [plugin for plugin in plugins if have.get(plugin.name) != wanted[plugin.name]]
    if stale:
        report(f"installing plugins ({kind}): {', '.join(plugin.name for plugin in stale)}")
    if before.get("sources") != sources:
        compiling = [PYTHON, "-m", "compileall", "-q", f"{SOURCES}/lab/plugins"]
        run(compiling, root=True)  # the user may not write there, and start-up should be quick

    def install(plugin: Plugin) -> None:
        version = versions[plugin.package]
        if plugin.name in own:
            archive = _archive({plugin.executable: own[plugin.name].read_bytes()})
        elif kind == "published":
            archive = _archive_of(
                published.download(plugin.name, version, plugin.server, report=report)
            )
        elif kind == "bridged" and plugin.name in BRIDGED:
            archive = _archive_of(ensure_bridged(version, report=report))
        else:
            archive = _archive({plugin.executable: standin(plugin.name, version)})
        run(["sh", "-c", _INSTALL, "sh", plugin.name, version], stdin=archive)

    with ThreadPoolExecutor() as pool:
        list(pool.map(install, stale))
    now = {
        "kind": kind if others else before.get("kind", ""),
        "sources": sources,
        "installed": {**have, **wanted},
    }
    if now != before:
        write_atomically(record, json.dumps(now))


_INSTALL = """\
set -eu
file=$(mktemp --suffix=.tgz)
trap 'rm -f "$file"' EXIT
cat >"$file"
pulumi plugin install resource "$1" "$2" --file "$file" --reinstall
"""


def standin(name: str, version: str) -> bytes:
    """The executable of a stand-in: isolated, so that a program's own files cannot get in its way.

    Nothing is put into the environment, which the commands of the `command` plugin inherit. The
    version is told, as to find out that of an installed package is a fifth of the start.
    """
    return (
        f"#!{PYTHON} -I\n"
        "import runpy\n"
        "import sys\n\n"
        f"sys.path.insert(0, {SOURCES!r})\n"
        f"sys.argv.insert(1, {version!r})\n"
        f'runpy.run_module("lab.plugins.{name}", run_name="__main__", alter_sys=True)\n'
    ).encode()


def _own_executables(directory: str, plugins: Sequence[Plugin]) -> dict[str, Path]:
    if not directory:
        return {}
    try:
        files = {path.name: path for path in Path(directory).iterdir()}
    except OSError as error:
        raise PluginInstallError(
            f"LAB_PLUGIN_DIR={directory} cannot be read: {error.strerror}; name a folder that "
            "holds executables pulumi-resource-NAME, or unset it"
        ) from None
    found = {
        plugin.name: files[plugin.executable] for plugin in plugins if plugin.executable in files
    }
    if not found:
        names = ", ".join(plugin.executable for plugin in plugins)
        raise PluginInstallError(f"LAB_PLUGIN_DIR={directory} holds none of {names}")
    for path in found.values():
        if not path.is_file() or not os.access(path, os.R_OK | os.X_OK):
            raise PluginInstallError(f"LAB_PLUGIN_DIR: {path} is no executable file: chmod +x it")
    return found


def _kind(asked: str, before: str, others: Sequence[Plugin]) -> str:
    """One of `_KINDS`. A lab keeps its choice until another one is asked for."""
    if asked not in ("", *_KINDS):
        raise PluginInstallError(
            f"LAB_PLUGINS={asked}: use {', '.join(_KINDS)}, or leave it unset to let the lab choose"
        )
    if asked or before or not others:
        return asked or before or "standin"
    return "published" if published.reachable() else "standin"


def _fingerprint(plugin: Plugin, version: str, own: Path | None, kind: str) -> str:
    if own is not None:
        stat = own.stat()
        return f"{version} {own.resolve()} {stat.st_size} {stat.st_mtime_ns}"
    if kind == "published":
        made = b""
    elif kind == "bridged" and plugin.name in BRIDGED:
        made = bridged_sources()
    else:
        made = standin(plugin.name, version)
    return f"{version} {kind} {hashlib.sha256(made).hexdigest()}"


def _sources_fingerprint() -> str:
    """Changes with the stand-ins' sources, whose bytecode is then compiled anew."""
    package = Path(__file__).parent
    stats = [(path, path.stat()) for path in sorted(package.rglob("*.py"))]
    lines = [
        f"{path.relative_to(package)} {stat.st_size} {stat.st_mtime_ns}" for path, stat in stats
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _archive_of(folder: Path) -> bytes:
    return _archive({each.name: each.read_bytes() for each in folder.iterdir()})


def _archive(files: Mapping[str, bytes]) -> bytes:
    """A .tgz of executables; the lightest compression, it is unpacked at once."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o755
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()
