"""Run one command on this machine."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab.plugins.command.globs import as_archive, find_assets
from lab.plugins.command.output import OVERLONG, Output, Stream
from lab.plugins.command.tree import end_tree
from lab.plugins.command.wording import exit_text, quoted, system_error
from lab.plugins.serving import PluginError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping, Sequence

    from lab.plugins.command.logs import ResourceLog

INTERPRETER = ("/bin/sh", "-c")
_CHUNK = 64 * 1024
_KILL_SECONDS = 1.0


async def run_local(
    command: str,
    given: Mapping[str, Any],
    *,
    previous: Mapping[str, str],
    log: ResourceLog,
    seconds: float | None = None,
) -> dict[str, Any]:
    """Outputs: stdout, stderr, and assets and archive where paths for them are given.

    given: the resource's inputs, plain. previous: variables that hold the last run's output.
    seconds: the resource's custom timeout, after which the command is killed.
    Raises PluginError when the command fails or cannot be started.
    """
    directory = given.get("dir") or str(Path.cwd())
    environment = {**os.environ, **given.get("environment", {}), **previous}
    output = Output(given.get("logging"), log.status)
    try:
        argv = [*(given.get("interpreter") or INTERPRETER), command]
        start = _start(argv, directory, environment, stdin=bool(given.get("stdin")))
        failure = await _run(start, given.get("stdin", ""), output, seconds)
    finally:
        await output.close()
    if failure:
        raise PluginError(f"{failure}: running {quoted(command)}:\n{output.both()}")
    outputs: dict[str, Any] = {}
    if (patterns := given.get("assetPaths")) is not None:
        outputs["assets"] = await asyncio.to_thread(find_assets, directory, patterns)
    if (patterns := given.get("archivePaths")) is not None:
        found = await asyncio.to_thread(find_assets, directory, patterns)
        outputs["archive"] = as_archive(found)
    return outputs | {"stdout": output.text(Stream.STDOUT), "stderr": output.text(Stream.STDERR)}


class _CannotStartError(Exception):
    """Why, as a Go program words it."""


async def _start(
    argv: Sequence[str], directory: str, environment: Mapping[str, str], *, stdin: bool
) -> asyncio.subprocess.Process:
    program = argv[0] if "/" in argv[0] else shutil.which(argv[0])
    if program is None:
        raise _CannotStartError(f'exec: "{argv[0]}": executable file not found in $PATH')
    if not _is_directory(directory):
        raise _CannotStartError(f"chdir {directory}: no such file or directory")
    try:
        # The child stays in the plugin's process group: the engine ends that as a whole.
        return await asyncio.create_subprocess_exec(
            *argv,
            executable=program,
            cwd=directory,
            env=environment,
            stdin=asyncio.subprocess.PIPE if stdin else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        raise _CannotStartError(f"fork/exec {program}: {system_error(error)}") from None


async def _run(
    start: Awaitable[asyncio.subprocess.Process], stdin: str, output: Output, seconds: float | None
) -> str:
    """Why it failed, "" if it did not. Ends the process when cancelled, and after `seconds`."""
    starting = asyncio.ensure_future(start)
    try:
        process = await asyncio.shield(starting)
    except _CannotStartError as error:
        return str(error)
    except asyncio.CancelledError:
        # It may run already, and only who has it can end what it has started.
        with contextlib.suppress(_CannotStartError):
            end_tree((await starting).pid)
        raise
    reading = asyncio.create_task(_attend(process, stdin, output))
    try:
        waits: set[asyncio.Future[None]] = {reading, output.overlong}
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        if not reading.done():
            end_tree(process.pid)
            # What got away may hold the output open for ever; everything else has ended now.
            await asyncio.wait({reading}, timeout=_KILL_SECONDS)
            reading.cancel()
    if output.overlong.done():
        return OVERLONG
    return exit_text(process.returncode) if process.returncode else ""


async def _attend(process: asyncio.subprocess.Process, stdin: str, output: Output) -> None:
    """Until the process has ended and nobody holds its output open any more, as published."""
    await asyncio.gather(
        _write(process, stdin),
        _read(process.stdout, Stream.STDOUT, output),
        _read(process.stderr, Stream.STDERR, output),
    )
    await process.wait()


async def _write(process: asyncio.subprocess.Process, text: str) -> None:
    if process.stdin is None:
        return
    # A command that does not read its input is no failure.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(text.encode())
        await process.stdin.drain()
    process.stdin.close()
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        await process.stdin.wait_closed()


async def _read(reader: asyncio.StreamReader | None, stream: Stream, output: Output) -> None:
    assert reader is not None
    while data := await reader.read(_CHUNK):
        output.feed(stream, data)


def _is_directory(path: str) -> bool:
    return Path(path).is_dir()
