"""The machine that a user has already is made whole, whatever interrupted its making."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from lab import existing_vps, hosts, net, own
from lab.existing_vps import _MAKE_ADMIN, add_existing_vps
from lab.paths import lab_dir

NAME = "home-vps"


@pytest.fixture
def done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is done to the host, in its order; the lab itself is not there."""
    calls: list[str] = []

    def note(what: str) -> Callable[..., None]:
        return lambda *_, **__: calls.append(what)

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    lab_dir("x").mkdir(parents=True)
    monkeypatch.setattr(existing_vps, "ensure_root", lambda _: tmp_path)
    for module, what in (
        *((net, what) for what in ("attach", "reset")),
        *((hosts, what) for what in ("boot", "start", "wait_booted", "run_in")),
    ):
        monkeypatch.setattr(module, what, note(what))
    return calls


def test_its_link_is_made_anew_before_it_boots(
    done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosts, "names", lambda _: [])

    add_existing_vps("x")

    assert done == ["reset", "boot", "wait_booted", "run_in"]


def test_one_that_was_interrupted_while_booting_gets_its_account(
    done: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosts, "names", lambda _: [NAME])
    (lab_dir("x") / NAME).mkdir()
    (lab_dir("x") / NAME / "id_ed25519.pub").write_text("ssh-ed25519 AAAA admin@home-vps\n")

    add_existing_vps("x")

    assert done == ["start", "wait_booted", "run_in"]


def test_it_runs_what_was_chosen_for_the_labs_own_machines(
    done: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []

    def root(image: str) -> Path:
        asked.append(image)
        return tmp_path

    monkeypatch.setattr(hosts, "names", lambda _: [])
    monkeypatch.setattr(existing_vps, "ensure_root", root)
    own.choose("x", "ubuntu-24.04")

    add_existing_vps("x")

    assert asked == ["ubuntu-24.04"]
    assert "boot" in done


def test_the_account_keeps_the_keys_it_got_since(tmp_path: Path) -> None:
    home = tmp_path / "home"
    folder = home / "admin/.ssh"
    folder.mkdir(parents=True)
    (folder / "authorized_keys").write_text("ssh-ed25519 BBBB program\n")
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "id").write_text("#!/bin/sh\n")
    (programs / "id").chmod(0o755)
    script = _MAKE_ADMIN.replace("/home/", f"{home}/")
    environment = {"PATH": f"{programs}:{os.environ['PATH']}"}

    for _ in range(2):
        subprocess.run(
            ["sh", "-c", script, "sh", "admin"],
            input=b"ssh-ed25519 AAAA admin@home-vps\n",
            env=environment,
            check=True,
        )

    assert (folder / "authorized_keys").read_text().splitlines() == [
        "ssh-ed25519 BBBB program",
        "ssh-ed25519 AAAA admin@home-vps",
    ]
