"""Finding a Go; shell scripts stand for the Go that is there."""

import json
import os
from pathlib import Path

import pytest

from lab.cache import BuildError, silent
from lab.engine import golang

_WANTED = "1.25.11"


def _install(directory: Path, script: str) -> Path:
    go = directory / "go"
    go.write_text(f"#!/bin/sh\n{script}\n")
    go.chmod(0o755)
    return go


def _old_go(answer: object) -> str:
    return (
        'if [ "$1" = version ]; then echo "go version go1.19.8 linux/amd64"; exit; fi\n'
        f"cat <<'END'\n{json.dumps(answer)}\nEND"
    )


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / "bin"
    directory.mkdir()
    monkeypatch.setenv("PATH", f"{directory}:/usr/bin:/bin")
    return directory


@pytest.mark.parametrize("version", ["go1.25.11", "go1.26", "go1.26.8", "go2.0.1"])
def test_a_new_enough_go_on_path_is_used(programs: Path, version: str) -> None:
    go = _install(programs, f"echo go version {version} linux/amd64")
    assert golang.find_go(_WANTED, os.environ, silent) == go


def test_an_older_go_fetches_a_newer_one_and_its_programs_can_be_run(
    programs: Path, tmp_path: Path
) -> None:
    fetched = tmp_path / "toolchain"
    for name in ("bin/go", "pkg/tool/linux_amd64/compile"):
        (fetched / name).parent.mkdir(parents=True)
        (fetched / name).touch(mode=0o444)
    _install(programs, _old_go({"Dir": str(fetched)}))
    assert golang.find_go(_WANTED, os.environ, silent) == fetched / "bin/go"
    assert os.access(fetched / "pkg/tool/linux_amd64/compile", os.X_OK)
    assert (fetched / "bin/go").stat().st_mode & 0o111


def test_a_failed_download_says_what_go_said(programs: Path) -> None:
    _install(programs, _old_go({"Error": "the proxy said 403"}))
    with pytest.raises(BuildError, match="the proxy said 403"):
        golang.find_go(_WANTED, os.environ, silent)


def test_without_any_go_a_user_is_told_what_to_install(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(BuildError, match="apt-get install --no-install-recommends golang-go"):
        golang.find_go(_WANTED, os.environ, silent)
