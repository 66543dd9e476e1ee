"""A VPS the user has, on machines where its key can and cannot be read."""

from pathlib import Path

import pulumi
import pytest

from components.vps.existing import adopt_existing
from settings import ExistingServer
from tests.unit.components.engine import deploy
from tests.unit.settings_support import EXISTING

KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\n"


def read(key_file: str = "~/.ssh/vps") -> object:
    """The private key that a run on this machine has."""
    spec = ExistingServer.model_validate({**EXISTING, "key_file": key_file})

    def program() -> None:
        host = adopt_existing(spec, takes_over=False)
        assert host.key_file == key_file
        pulumi.export("key", pulumi.Output.unsecret(host.identity.private_key))

    return deploy(program).outputs["key"]


@pytest.fixture
def key_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `~/.ssh/vps` is."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir()
    return tmp_path / ".ssh" / "vps"


def test_the_key_is_read_from_the_home_folder(key_file: Path) -> None:
    key_file.write_text(KEY, encoding="utf-8")

    assert read() == read(str(key_file)) == KEY


def test_where_the_key_is_not_there_is_none(key_file: Path) -> None:
    assert not read()


def test_what_cannot_be_read_is_no_traceback(
    key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    def unknown(_: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    key_file.write_bytes(b"\xff\xfe")
    assert read() == "\ufffd\ufffd"
    key_file.unlink()
    key_file.mkdir()
    assert not read()
    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_text", refuse)
        patched.setattr(Path, "is_file", refuse)
        assert not read()
    monkeypatch.setattr(Path, "expanduser", unknown)
    assert not read()
