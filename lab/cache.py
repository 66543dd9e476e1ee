"""Things built once and kept: whole or not there, one builder at a time, stale ones removed."""

import fcntl
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from lab.paths import cache_dir

Report: TypeAlias = Callable[[str], None]
"""Takes one line of progress for the person who waits."""

STALE_AFTER = 24 * 3600.0
"""Seconds unused before a build that another one replaced may go: two checkouts share the cache."""


INTERRUPTED = (-signal.SIGINT, 128 + signal.SIGINT)
"""What a program, or the shell around it, ends with after Ctrl-C."""


class BuildError(Exception):
    """Something the lab builds could not be built; says what, the last output, and the log."""


def silent(_line: str) -> None:
    """A `Report` for callers that show nothing."""


def build_once(target: Path, build: Callable[[Path], None]) -> Path:
    """Return the directory `target`, made by `build` if it is not there.

    `build` fills a directory beside it that is renamed when it returns, so `target` is whole or
    absent whatever interrupts it. Another process that wants the same waits for this one.
    `target` is named `<what>-<hash of what goes in>`; others of the same `<what>` that nobody
    uses any more are removed.
    """
    if not target.is_dir():
        with _locked(target):
            if not target.is_dir():
                partial = target.with_name(f".{target.name}.partial")
                shutil.rmtree(partial, ignore_errors=True)
                partial.mkdir(parents=True)
                try:
                    build(partial)
                except BaseException:  # Ctrl-C too
                    shutil.rmtree(partial, ignore_errors=True)
                    raise
                partial.rename(target)
                _remove_stale(target)
    os.utime(target)  # "used now", for _remove_stale
    return target


def run_logged(
    what: str, argv: Sequence[str | Path], *, env: Mapping[str, str] | None = None
) -> None:
    """Run a program, its output in `logs/<what>.log` of the cache.

    Raises:
        BuildError: it could not be started or failed; carries the end of its output.
        KeyboardInterrupt: Ctrl-C ended it, which only the main thread of Python hears.
    """
    log = cache_dir() / "logs" / f"{what}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [str(word) for word in argv]
    with log.open("ab") as output:
        start = output.tell()
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=env,
                check=False,
            )
        except OSError as error:
            raise BuildError(f"{what}: cannot run {command[0]}: {error.strerror}") from error
    if done.returncode in INTERRUPTED:
        raise KeyboardInterrupt
    if done.returncode:
        with log.open("rb") as written:
            written.seek(start)
            last = written.read().decode(errors="replace").splitlines()[-15:]
        shown = "\n".join(f"    {line}" for line in last)
        raise BuildError(
            f"{what}: {command[0]} ended with status {done.returncode}:\n{shown}\n"
            f"  everything it said: {log}"
        )


@contextmanager
def _locked(target: Path) -> Iterator[None]:
    """Hold the lock of one target; the kernel lets go of it when the process ends."""
    locks = cache_dir() / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    with (locks / target.name).open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _remove_stale(target: Path) -> None:
    """Remove what `target` replaces: the same name up to the hash, unused for a day.

    Nothing goes while any lab is up: its hosts stand on roots and layers of the cache.
    """
    if any((cache_dir() / "labs").glob("*")):
        return
    what = target.name.rpartition("-")[0]
    oldest_kept = time.time() - STALE_AFTER
    for other in target.parent.glob(f"{what}-*"):
        same = other != target and other.name.rpartition("-")[0] == what
        if same and other.stat().st_mtime < oldest_kept:
            shutil.rmtree(other, ignore_errors=True)
