"""The load generator: compiled here, put on the client and on the WSL host, run there.

It is C for the same reason as the lab's line: on two cores that also carry every host, a Python
one would be what is measured.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.hosts import ENVIRONMENT, entry, run_in
from lab.paths import cache_dir

SOURCES = Path(__file__).with_name("load")
FLAGS = ("-O2", "-Wall", "-Wextra", "-Werror", "-static")
PLACE = "/opt/lab/bench"
PROGRAM = f"{PLACE}/load"


class LoadError(RuntimeError):
    """The load generator cannot be built, or a run of it failed."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a run said: rows of numbers, then the summary."""

    rows: list[list[int]]
    summary: dict[str, Any]


def ensure_program() -> Path:
    """The program in the cache, built when a source is new."""
    files = sorted(SOURCES.glob("*.[ch]"))
    content = b"".join(file.read_bytes() for file in files) + " ".join(FLAGS).encode()
    program = cache_dir() / "load" / hashlib.sha256(content).hexdigest()[:16] / "load"
    if program.exists():
        return program
    compiler = shutil.which("gcc")
    if compiler is None:
        raise LoadError("gcc is missing: apt-get install gcc libc6-dev")
    program.parent.mkdir(parents=True, exist_ok=True)
    new = program.with_name(f"load.{os.getpid()}")
    sources = [str(file) for file in files if file.suffix == ".c"]
    done = subprocess.run(
        [compiler, *FLAGS, "-o", str(new), *sources], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise LoadError(f"{SOURCES} does not compile:\n{done.stderr}")
    new.replace(program)
    return program


def install(lab: str, host: str) -> None:
    """Put the program on a host."""
    run_in(lab, host, ["install", "-d", PLACE])
    content = ensure_program().read_bytes()
    run_in(lab, host, ["install", "-m", "755", "/dev/stdin", f"{PROGRAM}.new"], input=content)
    run_in(lab, host, ["mv", f"{PROGRAM}.new", PROGRAM])


def words(what: str, **options: str | float) -> list[str]:
    """The program's command line."""
    return [PROGRAM, what, *(f"{key}={value}" for key, value in options.items())]


def start(lab: str, what: str, **options: str | float) -> subprocess.Popen[str]:
    """Start it on the client; lines come on its standard output."""
    return subprocess.Popen(
        [*entry(lab, "client"), *words(what, **options)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
        cwd="/",
    )


def end(child: subprocess.Popen[str]) -> None:
    """End what ends with its input; a signal would reach its parent outside only."""
    assert child.stdin is not None
    child.stdin.close()
    child.wait()


def finish(child: subprocess.Popen[str]) -> Outcome:
    """Wait for it and read what it said. Raises LoadError with its words when it failed."""
    out, errors = child.communicate()
    if child.returncode:
        raise LoadError(f"the load generator ended with {child.returncode}: {errors.strip()}")
    return read(out)


def run(lab: str, what: str, **options: str | float) -> Outcome:
    """Run it on the client until it ends."""
    return finish(start(lab, what, **options))


def read(text: str) -> Outcome:
    """Rows of numbers and the one line of JSON at the end."""
    *lines, last = text.splitlines()
    return Outcome(
        rows=[[round(float(word)) for word in line.split()] for line in lines],
        summary=json.loads(last),
    )
