"""The home of the tunnel's account, and a connection's shell in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.components.holder.shells import Shell


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose link leads to the folders of two slots."""
    for folder in ("0a", "0b", "1a", "1b"):
        (tmp_path / "run" / folder).mkdir(parents=True)
    (tmp_path / "sockets").symlink_to(tmp_path / "run")
    (tmp_path / "services").write_text("asr\ntts\n")
    return tmp_path


@pytest.fixture
def shell(home: Path) -> Iterator[Shell]:
    one = Shell(home)
    yield one
    one.process.kill()
    one.process.wait()
