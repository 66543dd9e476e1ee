"""A Go toolchain new enough to build the engine, and how it builds."""

import json
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from lab.cache import BuildError, Report, run_logged

_PROCESSORS = {"x86_64": "amd64", "aarch64": "arm64"}


def go_environment(scratch: Path) -> dict[str, str]:
    """The environment of a build that keeps nothing outside a folder; modules are go.sum's."""
    return {
        **os.environ,
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "GOFLAGS": "-mod=readonly -trimpath -buildvcs=false -modcacherw",
        "GOCACHE": str(scratch / "build"),
        "GOMODCACHE": str(scratch / "modules"),
        "GOPATH": str(scratch / "path"),
        "CGO_ENABLED": "0",
    }


def find_go(wanted: str, environment: Mapping[str, str], report: Report) -> Path:
    """A `go` of at least this version: on PATH, else one fetched as a Go module.

    Fetching takes any older Go, of which Debian's `golang-go` is installed where there is none.

    Args:
        wanted: as go.mod says it, for example `1.25.11`.
        environment: that of the build; what is fetched goes into its GOMODCACHE.
        report: told of what takes long.

    Raises:
        BuildError: there is no Go and none can be installed, or the download failed.
    """
    found = shutil.which("go")
    if found is not None and _version(found, environment) >= _numbers(wanted):
        return Path(found)
    if found is None:
        found = _install_debian_go(report)
    report(f"downloading Go {wanted} (the Go here is older)")
    return _fetch_toolchain(found, wanted, environment)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _version(go: str, environment: Mapping[str, str]) -> tuple[int, ...]:
    """What `go version` says; (0,) where it says nothing known, as a development build does."""
    asked = subprocess.run(
        [go, "version"], env=environment, capture_output=True, text=True, check=False
    )
    found = re.search(r"\bgo(\d+(?:\.\d+)+)", asked.stdout)
    return _numbers(found[1]) if found else (0,)


def _install_debian_go(report: Report) -> str:
    if os.geteuid() != 0:
        raise BuildError(
            "building the Pulumi engine needs Go, and there is none on PATH:\n"
            "  sudo apt-get install --no-install-recommends golang-go   (any version will do)"
        )
    report("installing Debian's golang-go (a Go to fetch a newer Go with)")
    apt = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=120"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run_logged("engine", [*apt, "update"], env=environment)
    install = ["install", "--yes", "--no-install-recommends", "golang-go"]
    run_logged("engine", [*apt, *install], env=environment)
    return "/usr/bin/go"


def _fetch_toolchain(go: str, wanted: str, environment: Mapping[str, str]) -> Path:
    """Download Go itself as the module golang.org/toolchain, checked against Go's sum database."""
    processor = _PROCESSORS.get(platform.machine())
    if processor is None:
        raise BuildError(f"the lab knows no Go for a {platform.machine()} processor")
    module = f"golang.org/toolchain@v0.0.1-go{wanted}.linux-{processor}"
    # Outside any module, or an old Go stumbles over the newer `go` line of ours.
    environment = {**environment, "GO111MODULE": "on", "GOFLAGS": "-modcacherw"}
    done = subprocess.run(
        [go, "mod", "download", "-json", module],
        cwd="/",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        answer = json.loads(done.stdout)
        toolchain = Path(answer["Dir"])
    except (ValueError, KeyError) as error:
        said = (done.stdout + done.stderr).strip()
        raise BuildError(f"Go {wanted} could not be downloaded as a Go module: {said}") from error
    # A module holds no file modes; only a Go that fetches for itself sets them.
    for directory in ("bin", "pkg/tool"):
        for program in (toolchain / directory).rglob("*"):
            if program.is_file():
                program.chmod(0o755)
    return toolchain / "bin/go"
