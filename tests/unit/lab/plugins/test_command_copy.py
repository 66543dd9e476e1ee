"""The `command` stand-in's CopyToRemote and CopyFile."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from lab.plugins.command.provider import CommandProvider
from lab.plugins.property_values import ARCHIVE, ASSET, SIGNATURE, marshal, wrap
from lab.plugins.protocol import provider_pb2
from lab.plugins.serving import PluginError
from tests.unit.lab.plugins.command_host import Engine, Messages, SshHost, ssh_host


@pytest.fixture
def there(tmp_path: Path) -> Path:
    folder = tmp_path / "there"
    folder.mkdir()
    return folder


@pytest.fixture
async def host(monkeypatch: pytest.MonkeyPatch, there: Path) -> AsyncIterator[SshHost]:
    async with ssh_host(monkeypatch, sftp_root=there) as running:
        yield running


@pytest.fixture
def engine() -> Engine:
    return Engine("remote:CopyToRemote", CommandProvider(Messages()))


def text(content: str) -> dict[str, Any]:
    return {SIGNATURE: ASSET, "text": content, "hash": f"hash of {content}"}


def file(path: Path, content: str) -> dict[str, Any]:
    path.write_text(content)
    return {SIGNATURE: ASSET, "path": str(path), "hash": f"hash of {content}"}


async def test_a_file_is_written_and_its_parents_made(
    host: SshHost, engine: Engine, there: Path, tmp_path: Path
) -> None:
    source = file(tmp_path / "here.txt", "hello")
    await engine.up(connection=host.connection(), source=source, remotePath="/a/b/c.txt")
    assert (there / "a/b/c.txt").read_text() == "hello"
    assert len(engine.resource_id) == 8


async def test_a_file_goes_into_an_existing_folder(
    host: SshHost, engine: Engine, there: Path, tmp_path: Path
) -> None:
    (there / "folder").mkdir()
    source = file(tmp_path / "here.txt", "hello")
    await engine.up(connection=host.connection(), source=source, remotePath="/folder")
    assert (there / "folder/here.txt").read_text() == "hello"


async def test_a_text_needs_a_file_path(host: SshHost, engine: Engine, there: Path) -> None:
    await engine.up(connection=host.connection(), source=text("hello"), remotePath="/note")
    assert (there / "note").read_text() == "hello"
    (there / "folder").mkdir()
    with pytest.raises(PluginError, match="remote path /folder is a directory"):
        await engine.up(connection=host.connection(), source=text("hello"), remotePath="/folder")


async def test_a_folder_lands_under_its_name_or_its_content_alone(
    host: SshHost, engine: Engine, there: Path, tmp_path: Path
) -> None:
    (tmp_path / "tree/deep").mkdir(parents=True)
    (tmp_path / "tree/deep/leaf").write_text("green")
    for path, landed in ("tree", "to/tree/deep/leaf"), ("tree/", "to/deep/leaf"):
        source = {SIGNATURE: ARCHIVE, "path": f"{tmp_path}/{path}", "hash": path}
        await engine.up(connection=host.connection(), source=source, remotePath="/to")
        assert (there / landed).read_text() == "green"


async def test_only_new_content_or_a_new_path_is_copied_again(
    host: SshHost, engine: Engine, there: Path
) -> None:
    await engine.up(connection=host.connection(), source=text("one"), remotePath="/note")
    (there / "note").unlink()
    # A new connection is an update that copies nothing: a replaced host stays without the file.
    changed = host.connection(dialErrorLimit=11)
    await engine.up(connection=changed, source=text("one"), remotePath="/note")
    assert not (there / "note").exists()
    await engine.up(connection=changed, source=text("two"), remotePath="/note")
    assert (there / "note").read_text() == "two"
    await engine.up(connection=changed, source=text("two"), remotePath="/other")
    assert (there / "other").read_text() == "two"
    await engine.destroy()
    assert (there / "note").exists()


async def test_the_same_content_from_elsewhere_is_no_change(
    host: SshHost, engine: Engine, tmp_path: Path
) -> None:
    await engine.up(connection=host.connection(), source=text("same"), remotePath="/note")
    moved = file(tmp_path / "moved", "same")
    given = {"connection": host.connection(), "source": moved, "remotePath": "/note"}
    assert await engine.diff(**given) == {}
    assert await engine.diff(**{**given, "source": text("new")}) == {"source": "UPDATE"}


async def test_its_connections_are_closed(host: SshHost, engine: Engine) -> None:
    await engine.up(connection=host.connection(), source=text("hello"), remotePath="/note")
    assert host.dialled == 1
    assert not host.open


async def test_a_host_without_sftp_is_told_as_such(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ssh_host(monkeypatch) as host:
        with pytest.raises(PluginError) as failure:
            await engine.up(connection=host.connection(), source=text("x"), remotePath="/note")
    assert str(failure.value) == "ssh: subsystem request failed"


async def test_a_file_that_cannot_be_written_is_named(
    host: SshHost, engine: Engine, there: Path
) -> None:
    (there / "file").touch()
    with pytest.raises(PluginError, match="/file exists but is not a directory"):
        await engine.up(connection=host.connection(), source=text("x"), remotePath="/file/note")


async def test_sources_that_cannot_be_copied_are_refused_before_anything_runs(
    host: SshHost, engine: Engine
) -> None:
    given = {"connection": wrap(host.connection()), "remotePath": wrap("/note")}
    remote = wrap({SIGNATURE: ASSET, "uri": "https://example.invalid/x"})
    news = marshal({**given, "source": remote})
    answer = await engine.provider.check(provider_pb2.CheckRequest(urn=engine.urn, news=news))
    reasons = [each.reason for each in answer.failures]
    assert reasons == ["asset must be a path-based file asset or a text asset"]


async def test_the_older_copy_file_replaces_itself_at_every_change(
    host: SshHost, there: Path, tmp_path: Path
) -> None:
    engine = Engine("remote:CopyFile", CommandProvider(Messages()))
    (tmp_path / "here").write_text("hello")
    given = {"connection": host.connection(), "localPath": str(tmp_path / "here")}
    await engine.up(**given, remotePath="/note")
    assert (there / "note").read_text() == "hello"
    assert await engine.diff(**given, remotePath="/other") == {"remotePath": "UPDATE_REPLACE"}
