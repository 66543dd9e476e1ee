"""What the plugin does on other hosts: run a command, copy a file."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from lab.plugins.command.copying import copy
from lab.plugins.command.dialling import dial
from lab.plugins.command.session import run_remote
from lab.plugins.serving import PluginError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import asyncssh

    from lab.plugins.command.logs import ResourceLog


class Connections:
    """Those on which commands ran: never closed before the plugin ends, as published."""

    def __init__(self) -> None:
        """Nothing is open yet."""
        self._open: list[asyncssh.SSHClientConnection] = []

    async def dial(
        self, connection: Mapping[str, Any], log: ResourceLog, seconds: float | None
    ) -> asyncssh.SSHClientConnection:
        """A new one; none is ever used twice."""
        made = await _dial(connection, log, seconds)
        self._open.append(made)
        return made


async def run_command(
    connections: Connections,
    command: str,
    given: Mapping[str, Any],
    *,
    previous: Mapping[str, str],
    log: ResourceLog,
    seconds: float | None = None,
) -> dict[str, Any]:
    """Outputs stdout and stderr; given: the resource's inputs, plain. PluginError if it fails.

    seconds: the resource's custom timeout. As published, it ends dialling but no running command.
    """
    connection = await connections.dial(given["connection"], log, seconds)
    stdout, stderr = await run_remote(
        connection,
        command,
        environment=given.get("environment", {}),
        previous=previous,
        stdin=given.get("stdin", ""),
        logging=given.get("logging"),
        log=log,
    )
    return {"stdout": stdout, "stderr": stderr}


async def copy_file(
    given: Mapping[str, Any], log: ResourceLog, *, seconds: float | None = None
) -> None:
    """CopyToRemote and the older CopyFile, whose source is `localPath`. PluginError if it fails."""
    source = given["source"] if "source" in given else {"path": given["localPath"]}
    connection = await _dial(given["connection"], log, seconds)
    try:
        await copy(connection, source, given["remotePath"])
    finally:
        connection.close()
        await connection.wait_closed()


async def _dial(
    connection: Mapping[str, Any], log: ResourceLog, seconds: float | None
) -> asyncssh.SSHClientConnection:
    try:
        async with asyncio.timeout(seconds):
            return await dial(connection, log)
    except TimeoutError:
        raise PluginError("context deadline exceeded") from None
