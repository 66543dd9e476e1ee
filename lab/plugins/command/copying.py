"""Copy a file, a text or a directory to another host over SFTP.

A file is truncated and written, with no owner or mode of its own; nothing is ever removed.
"""

from __future__ import annotations

import os
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncssh

from lab.plugins.command.wording import system_error
from lab.plugins.serving import PluginError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_CHUNK = 4 * 1024 * 1024  # bytes read at once; asyncssh writes it in parallel packets


async def copy(
    connection: asyncssh.SSHClientConnection, source: Mapping[str, Any], remote_path: str
) -> None:
    """Copy an asset or archive (the engine's map: `path` or `text`); PluginError if it fails.

    A directory lands inside an existing remote directory under its own name, its content alone when
    the local path ends in "/"; a file goes into an existing directory or becomes the path.
    """
    try:
        sftp = await connection.start_sftp_client()
    except asyncssh.ChannelOpenError:
        raise PluginError("ssh: subsystem request failed") from None
    except (asyncssh.Error, OSError) as error:
        raise PluginError(f"sftp: {error}") from None
    async with sftp:
        try:
            await _copy(sftp, source, remote_path)
        except asyncssh.SFTPError as error:
            raise PluginError(
                f"failed to copy to remote path {remote_path}: {error.reason}"
            ) from None
        except OSError as error:
            raise PluginError(f"open {error.filename}: {system_error(error)}") from None


async def _copy(sftp: asyncssh.SFTPClient, source: Mapping[str, Any], remote_path: str) -> None:
    if "path" not in source:
        if await sftp.isdir(remote_path):
            raise PluginError(
                f"remote path {remote_path} is a directory; when using a text asset, remotePath "
                "must be a file path"
            )
        await _make_parents(sftp, remote_path)
        await _write(sftp, remote_path, text=source.get("text", ""))
        return
    path = str(source["path"])
    if not _is_directory(path):
        if await sftp.isdir(remote_path):
            remote_path = posixpath.join(remote_path, Path(path).name)
        await _make_parents(sftp, remote_path)
        await _write(sftp, remote_path, path=path)
        return
    await _make_directory(sftp, remote_path)
    if not path.endswith("/"):
        remote_path = posixpath.join(remote_path, Path(path).name)
    await _copy_directory(sftp, path, remote_path)


async def _copy_directory(sftp: asyncssh.SFTPClient, path: str, remote_path: str) -> None:
    for relative, names in _walk(path):
        target = posixpath.normpath(posixpath.join(remote_path, relative))
        await _make_directory(sftp, target)
        for name in names:
            await _write(sftp, posixpath.join(target, name), path=str(Path(path, relative, name)))


def _is_directory(path: str) -> bool:
    return Path(path).is_dir()


def _walk(path: str) -> Iterator[tuple[str, list[str]]]:
    """Each directory below (and with) the path, relative to it, and the files in it."""
    for where, folders, names in os.walk(path):
        folders.sort()
        yield os.path.relpath(where, path), sorted(names)


async def _make_parents(sftp: asyncssh.SFTPClient, remote_path: str) -> None:
    if parent := posixpath.dirname(remote_path):
        await _make_directory(sftp, parent)


async def _make_directory(sftp: asyncssh.SFTPClient, path: str) -> None:
    if await sftp.isdir(path):
        return
    if await sftp.exists(path):
        raise PluginError(f"remote path {path} exists but is not a directory")
    await _make_parents(sftp, path.rstrip("/"))
    try:
        await sftp.mkdir(path)
    except asyncssh.SFTPError as error:
        if not await sftp.isdir(path):  # another copy may have made it at the same time
            reason = f"failed to create remote directory {path}: {error.reason}"
            raise PluginError(reason) from None


async def _write(
    sftp: asyncssh.SFTPClient, remote_path: str, *, path: str | None = None, text: str = ""
) -> None:
    local = Path(path).open("rb") if path else None  # noqa: ASYNC230, SIM115  # local disk
    try:
        async with sftp.open(remote_path, "wb") as remote:
            if local is None:
                await remote.write(text.encode())
                return
            while data := local.read(_CHUNK):
                await remote.write(data)
    except asyncssh.SFTPError as error:
        reason = f"failed to create remote file {remote_path}: {error.reason}"
        raise PluginError(reason) from None
    finally:
        if local is not None:
            local.close()
