"""`bin/ops logs`: the logs of both hosts as one, in the order of their times."""

import heapq
import itertools
import json
import queue
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import IO, Any, Literal

from components.environment import clean_environment
from ops.day2.looking import Subject
from ops.health.requests import SSHD_UNITS
from ops.login import login_files, ssh_command
from ops.operations import Operations
from ops.sending import LISTENING, impatient, program, trouble

Source = Literal["all", "vps", "tunnel", "nginx", "service", "streams"]
HOLD_SECONDS = 1.0
"""How long a followed line waits for an older one of the other host."""
READ_SECONDS = 15.0
END_SECONDS = 5.0
WORDS = 100
"""Lines of what a host says beside its logs, the last ones: they tell why it has ended."""
NGINX_FILES = ("/var/log/nginx/access.log", "/var/log/nginx/error.log")
STREAM_LINES = 1000
"""Of each log, at the least, where streams are told: more lines know the round trip better."""


@dataclass(frozen=True, order=True)
class Line:
    """One line; `moment` in seconds since 1970 by its own host's clock."""

    moment: float
    host: str
    source: str
    text: str


def requests_for(
    operations: Operations, source: Source, *, lines: int, follow: bool
) -> dict[str, dict[str, Any]]:
    """What each host is asked for; a host with nothing of it is left out."""
    if source == "streams" and not follow:
        lines = max(lines, STREAM_LINES)
    ours = {"lines": lines, "follow": follow}
    unit = f"{operations.unit}.service"
    ports = [
        int(upstream.rpartition(":")[2])
        for service in operations.services
        for upstream in service.upstreams
    ]
    balanced = operations.balancer_port is not None
    files = [*NGINX_FILES, operations.names.access_log]
    nginx = {"units": ["nginx.service"], "files": files}
    # Our servers there write no line of Debian's access log: what is in it is somebody else's.
    balancer = {"units": ["nginx.service"], "files": files[1:]}
    choices: dict[str, dict[str, dict[str, Any]]] = {
        "vps": {"vps": {"everything": True}},
        "tunnel": {"vps": {"units": [*SSHD_UNITS]}, "wsl": {"units": [unit]}},
        "nginx": {"vps": nginx, **({"wsl": balancer} if balanced else {})},
        "streams": {
            "vps": {"files": files[1:]},
            **({"wsl": {"units": [unit], "files": files[1:]}} if balanced else {}),
        },
        "service": {"wsl": {"ports": ports}},
        "all": {
            "vps": {"units": [*SSHD_UNITS, "nginx.service"], "files": files},
            "wsl": {
                "units": [unit, *(["nginx.service"] if balanced else [])],
                "files": files[1:] if balanced else [],
                "ports": ports,
            },
        },
    }
    return {host: {**asked, **ours} for host, asked in choices[source].items()}


@contextmanager
def reading(subject: Subject, requests: Mapping[str, Any]) -> Iterator["queue.Queue[Line | None]"]:
    """Both hosts' lines as they come; None when one of them has ended."""
    lines: queue.Queue[Line | None] = queue.Queue()
    with ExitStack() as stack:
        for host, request in requests.items():
            elsewhere = subject.operations.elsewhere() if host == "wsl" else ""
            if elsewhere:
                lines.put(Line(time.time(), host, "ops", elsewhere))
                lines.put(None)
                continue
            argv = ["bash", "-c", LISTENING]
            if host == "vps":
                files = stack.enter_context(login_files(subject.login))
                argv = impatient(ssh_command(subject.login, files, [LISTENING], terminal=False))
            stack.enter_context(_listening(host, argv, request, lines))
        yield lines


@contextmanager
def _listening(
    host: str, argv: Sequence[str], request: Mapping[str, Any], lines: "queue.Queue[Line | None]"
) -> Iterator[None]:
    text = program(request, ("follow",))
    with subprocess.Popen(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",  # a login shell's own words may be in any encoding
        env=clean_environment(),
        start_new_session=True,  # Ctrl-C is ours: the program there ends with its input
    ) as child:
        assert child.stdin is not None
        with suppress(BrokenPipeError):  # it has ended; _read says why
            child.stdin.write(f"{len(text)}\n{text}")
            child.stdin.flush()
        reader = threading.Thread(target=_read, args=(host, child, lines), daemon=True)
        reader.start()
        try:
            yield
        finally:
            with suppress(BrokenPipeError):
                child.stdin.close()
            with suppress(PermissionError):  # sudo's child is root's: the end of its input ends it
                child.terminate()
            reader.join(END_SECONDS)


def _read(host: str, child: "subprocess.Popen[str]", lines: "queue.Queue[Line | None]") -> None:
    assert child.stdout is not None
    assert child.stderr is not None
    words: deque[str] = deque(maxlen=WORDS)
    # Beside the lines: who has said more than a pipe holds waits until it is read.
    listening = threading.Thread(target=_keep, args=(child.stderr, words), daemon=True)
    listening.start()
    for text in child.stdout:
        line = _line(host, text)
        if line:
            lines.put(line)
    if child.wait():
        listening.join(END_SECONDS)
        if not child.stderr.closed:  # where we have ended it
            lines.put(Line(time.time(), host, "ops", trouble("".join(words)).words))
    lines.put(None)


def _keep(stream: IO[str], words: deque[str]) -> None:
    with suppress(ValueError):  # its pipe is closed where we have ended it
        words.extend(stream)


def _line(host: str, text: str) -> Line | None:
    """A line as the program there tells it; None: a login shell's own words, as of .bashrc."""
    try:
        fields = json.loads(text)
        return Line(fields["t"], host, fields["source"], fields["text"])
    except (ValueError, TypeError, KeyError):
        return None


def ordered(lines: "queue.Queue[Line | None]", hosts: int, *, last: int) -> list[Line]:
    """All there is, oldest first, the last ones of it; a silent host is not waited for."""
    found: list[Line] = []
    deadline = time.monotonic() + READ_SECONDS
    while hosts:
        try:
            line = lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            found.append(Line(time.time(), "?", "ops", "a host did not answer in time"))
            break
        if line is None:
            hosts -= 1
        else:
            found.append(line)
    return sorted(found)[-last:]


def followed(
    lines: "queue.Queue[Line | None]", hosts: int, hold: float = HOLD_SECONDS
) -> Iterator[Line]:
    """Lines as they come, in order as far as `hold` seconds allow; ends when all hosts have."""
    waiting: list[tuple[Line, int, float]] = []
    count = itertools.count()
    while hosts or waiting:
        timeout = max(0.01, waiting[0][2] - time.monotonic()) if waiting else None
        try:
            line = lines.get(timeout=timeout)
            if line is None:
                hosts -= 1
            else:
                heapq.heappush(waiting, (line, next(count), time.monotonic() + hold))
        except queue.Empty:
            pass
        while waiting and (waiting[0][2] <= time.monotonic() or not hosts):
            yield heapq.heappop(waiting)[0]


def shown(line: Line) -> str:
    """A line for a person, in this machine's time zone."""
    told = time.strftime("%m-%d %H:%M:%S", time.localtime(line.moment))
    return f"{told}.{int(line.moment % 1 * 1000):03} {line.host:4} {line.source:12} {line.text}"
