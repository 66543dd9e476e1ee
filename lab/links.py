"""The lab's emulated lines: delay, jitter, loss, rate and queue, changed while traffic flows.

Each is a process of `link.c` between two TUN devices; the kernel may lack netem.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from lab import cgroups, net, world
from lab.line import Counters, Line, LinkError
from lab.namespaces import netns_file
from lab.paths import cache_dir, lab_dir
from lab.processes import saved, start_daemon, tail, write_atomically
from lab.world import LinkName

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(__file__).with_name("link.c")
FLAGS = ("-O2", "-Wall", "-Wextra", "-Werror")
NAMES: tuple[LinkName, ...] = get_args(LinkName)
ANSWER_SECONDS = 5.0


def ensure_binary() -> Path:
    """The compiled emulator in the cache, built when its source is new."""
    compiler = shutil.which("gcc")
    digest = hashlib.sha256(SOURCE.read_bytes() + " ".join(FLAGS).encode()).hexdigest()[:16]
    binary = cache_dir() / "link" / digest / "link"
    if binary.exists():
        return binary
    if compiler is None:
        raise LinkError("gcc is missing, and the lab's links need it: apt-get install gcc libc-dev")
    binary.parent.mkdir(parents=True, exist_ok=True)
    new = binary.with_name(f"link.{os.getpid()}")
    argv = [compiler, *FLAGS, "-o", str(new), str(SOURCE)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LinkError(f"{SOURCE} does not compile:\n{done.stderr}")
    new.replace(binary)
    return binary


def start(lab: str) -> None:
    """Start the lines that do not run, as they were set last; their ends exist (`net.build`)."""
    binary = ensure_binary()
    ends: dict[LinkName, tuple[tuple[str, str], tuple[str, str]]] = {
        "home": ((net.HOME, "line"), (net.CORE, "line-home")),
        "client": ((world.CLIENT.name, "eth0"), (net.CORE, "line-client")),
    }
    directory = _directory(lab)
    directory.mkdir(parents=True, exist_ok=True)
    asleep = [name for name in NAMES if not saved(directory / f"{name}.process")]
    for name in asleep:
        argv = [str(binary), f"{name}.sock"]
        for host, device in ends[name]:
            argv += [str(netns_file(lab, host)), device]
        start_daemon(
            cgroups.of_daemons(lab),
            argv,
            log=directory / f"{name}.log",
            process_file=directory / f"{name}.process",
            cwd=directory,  # a socket's path has room for 108 bytes only
        )
    for name in asleep:
        _apply(lab, name, current(lab, name))


def running(lab: str) -> bool:
    """Whether both lines are held."""
    return all(saved(_directory(lab) / f"{name}.process") for name in NAMES)


def current(lab: str, name: LinkName) -> tuple[Line, Line]:
    """What a line was last set to: outwards, inwards."""
    try:
        outwards, inwards = json.loads(_settings(lab, name).read_text())
    except FileNotFoundError:
        return Line(), Line()
    return Line(**outwards), Line(**inwards)


def set_link(
    lab: str,
    name: LinkName,
    *,
    delay_ms: float | None = None,
    jitter_ms: float | None = None,
    loss: float | None = None,
    rate_mbit: float | None = None,
    queue_packets: int | None = None,
    queue_bytes: int | None = None,
    down: bool | None = None,
    direction: int | None = None,
) -> tuple[Line, Line]:
    """Change a line at once; what is not named stays as it is.

    `direction` 0 is outwards (what leaves the home or client), 1 inwards, None both. Packets under
    way keep the delay they were given. Raises LinkError when the lab is not up.
    """
    given = {
        "delay_ms": delay_ms,
        "jitter_ms": jitter_ms,
        "loss": loss,
        "rate_mbit": rate_mbit,
        "queue_packets": queue_packets,
        "queue_bytes": queue_bytes,
        "down": down,
    }
    if not saved(_directory(lab) / f"{name}.process"):
        raise LinkError(f"line {name} of lab {lab} is not up: run bin/lab --lab {lab} up")
    changed = {key: value for key, value in given.items() if value is not None}
    lines = list(current(lab, name))
    for number in (0, 1) if direction is None else (direction,):
        lines[number] = replace(lines[number], **changed)  # type: ignore[arg-type] # keys are fields
    both = (lines[0], lines[1])
    _apply(lab, name, both)
    return both


def counters(lab: str, name: LinkName) -> tuple[Counters, Counters]:
    """What each direction has carried and dropped."""
    rows = [
        [int(word) for word in row.split()] for row in _ask(lab, name, "get").splitlines() if row
    ]
    out, back = (
        Counters(sent=sent, lost=lost, overflowed=over, downed=downed, held=held)
        for _, sent, lost, over, downed, held in rows
    )
    return out, back


def _apply(lab: str, name: LinkName, lines: tuple[Line, Line]) -> None:
    for number, line in enumerate(lines):
        answer = _ask(lab, name, line.request(number))
        if answer != "ok":
            raise LinkError(f"line {name} of lab {lab} refused {line}: {answer}")
    write_atomically(_settings(lab, name), json.dumps([asdict(line) for line in lines]))


def _ask(lab: str, name: LinkName, request: str) -> str:
    deadline = time.monotonic() + ANSWER_SECONDS
    while True:
        try:
            with _connection(_directory(lab), f"{name}.sock") as peer:
                peer.send(request.encode())
                return peer.recv(1024).decode()
        except OSError as error:  # just started: no socket yet
            if time.monotonic() > deadline:
                log = tail(_directory(lab) / f"{name}.log")
                raise LinkError(
                    f"line {name} of lab {lab} does not answer ({error}):\n{log}"
                ) from error
            time.sleep(0.005)


@contextmanager
def _connection(directory: Path, name: str) -> Iterator[socket.socket]:
    # A socket's path has room for 108 bytes: go through a descriptor of its directory.
    descriptor = os.open(directory, os.O_PATH | os.O_DIRECTORY)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as peer:
            peer.settimeout(ANSWER_SECONDS)
            peer.connect(f"/proc/self/fd/{descriptor}/{name}")
            yield peer
    finally:
        os.close(descriptor)


def _directory(lab: str) -> Path:
    return lab_dir(lab) / "links"


def _settings(lab: str, name: LinkName) -> Path:
    return _directory(lab) / f"{name}.json"
