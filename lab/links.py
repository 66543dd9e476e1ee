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
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from lab import net, world
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


class LinkError(RuntimeError):
    """A line cannot be built, started or set."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """What a line does to each direction.

    Times are one way, in ms; loss is a share of the packets from 0 to 1; a rate or queue limit of
    0 is none. `queue_packets` and `queue_bytes` bound what waits for its turn at the line's rate.
    """

    delay_ms: float = 5.0
    jitter_ms: float = 0.0
    loss: float = 0.0
    rate_mbit: float = 0.0
    queue_packets: int = 1000
    queue_bytes: int = 0
    down: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.loss <= 1:
            raise LinkError(f"loss {self.loss}: use a share from 0 to 1, for example 0.01")
        for name in ("delay_ms", "jitter_ms", "rate_mbit", "queue_packets", "queue_bytes"):
            if getattr(self, name) < 0:
                raise LinkError(f"{name} {getattr(self, name)}: use 0 or more")

    def request(self, direction: int) -> str:
        """The words `link.c` takes for it."""
        numbers = (
            direction,
            round(self.delay_ms * 1e3),
            round(self.jitter_ms * 1e3),
            round(self.loss * 1e6),
            round(self.rate_mbit * 1e6),
            self.queue_packets,
            self.queue_bytes,
            int(self.down),
        )
        return "set " + " ".join(map(str, numbers))


@dataclass(frozen=True, kw_only=True)
class Counters:
    """Packets of one direction so far, and how many it holds now."""

    sent: int
    lost: int
    overflowed: int
    downed: int
    held: int


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
    """Start the processes of both lines; their ends exist already (`net.build`)."""
    binary = ensure_binary()
    ends = {
        "home": ((net.HOME, "line"), (net.CORE, "line-home")),
        "client": ((world.CLIENT.name, "eth0"), (net.CORE, "line-client")),
    }
    for name, pairs in ends.items():
        directory = _directory(lab)
        directory.mkdir(parents=True, exist_ok=True)
        argv = [str(binary), f"{name}.sock"]
        for host, device in pairs:
            argv += [str(netns_file(lab, host)), device]
        start_daemon(
            lab,
            argv,
            log=directory / f"{name}.log",
            process_file=directory / f"{name}.process",
            cwd=directory,  # a socket's path has room for 108 bytes only
        )
    for name in NAMES:
        _apply(lab, name, Line())


def running(lab: str) -> bool:
    """Whether both lines are held."""
    return all(saved(_directory(lab) / f"{name}.process") for name in NAMES)


def current(lab: str, name: LinkName) -> Line:
    """What a line was last set to, outward direction (both are set alike unless asked)."""
    return Line(**json.loads(_settings(lab, name).read_text()))


def set_link(  # noqa: PLR0913 - one keyword for each property of a line
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
) -> Line:
    """Change a line at once; what is not named stays as it is.

    `direction` 0 is what leaves the home or client, 1 what comes to it, None (default) both.
    Packets under way keep the delay they were given. Raises LinkError when the lab is not up.
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
    line = replace(current(lab, name), **changed)  # type: ignore[arg-type] # keys are fields
    _apply(lab, name, line, direction)
    return line


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


def _apply(lab: str, name: LinkName, line: Line, direction: int | None = None) -> None:
    for number in (0, 1) if direction is None else (direction,):
        answer = _ask(lab, name, line.request(number))
        if answer != "ok":
            raise LinkError(f"line {name} of lab {lab} refused {line}: {answer}")
    write_atomically(_settings(lab, name), json.dumps(asdict(line)))


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
