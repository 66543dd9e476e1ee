"""A host's logs as JSON lines on standard output: {"t": seconds since 1970, "source", "text"}.

Standard library alone; it ends when its standard input does, so that nothing is left running.
"""

import calendar
import datetime as dt
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

_ACCESS = re.compile(r"\[(\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d) ([+-])(\d\d)(\d\d)\]")
_ERROR = re.compile(r"^(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) ")
_UNIT = re.compile(r"/([^/]+\.service)(?:/|$)")
_writing = threading.Lock()


def moment(line: str, now: float) -> float:
    """When a line of nginx's logs was written; `now` where it does not say."""
    if line.startswith("{"):
        try:
            told = json.loads(line)["time"]
            return float(told) if isinstance(told, int | float) else _iso(str(told))
        except (ValueError, KeyError, TypeError):
            return now
    if found := _ACCESS.search(line):
        told = calendar.timegm(time.strptime(found[1], "%d/%b/%Y:%H:%M:%S"))
        shift = int(found[3]) * 3600 + int(found[4]) * 60
        return float(told - shift if found[2] == "+" else told + shift)
    if found := _ERROR.match(line):
        return time.mktime(time.strptime(found[1], "%Y/%m/%d %H:%M:%S"))
    return now


def _iso(told: str) -> float:
    return dt.datetime.fromisoformat(told).timestamp()


def journal_line(line: str) -> tuple[float, str, str]:
    """Time, unit and message of a line of `journalctl --output json`."""
    fields = json.loads(line)
    message = fields.get("MESSAGE") or ""
    if isinstance(message, list):  # bytes that are no text
        message = bytes(message).decode(errors="replace")
    unit = fields.get("_SYSTEMD_UNIT") or fields.get("UNIT") or ""
    source = unit.removesuffix(".service") or fields.get("SYSLOG_IDENTIFIER") or "system"
    return int(fields["__REALTIME_TIMESTAMP"]) / 1e6, str(source), str(message)


def units_of(ports: list[int]) -> list[str]:
    """The systemd units whose processes listen on these ports."""
    listed = subprocess.run(
        ["ss", "-Hltnp"], capture_output=True, text=True, check=False
    ).stdout.splitlines()
    found = []
    for line in listed:
        if int(line.split()[3].rpartition(":")[2]) not in ports:
            continue
        for pid in re.findall(r"pid=(\d+)", line):
            try:
                group = Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8")
            except OSError:
                continue
            found += _UNIT.findall(group.strip())
    return sorted(set(found))


def tell(moment: float, source: str, text: str) -> None:
    """One line for the reader."""
    line = json.dumps({"t": round(moment, 6), "source": source, "text": text})
    with _writing:
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def lines_of(*argv: str) -> Iterator[str]:
    """A command's lines as they come."""
    with subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True, errors="replace",
    ) as child:  # fmt: skip
        assert child.stdout is not None
        for line in child.stdout:
            yield line.rstrip("\n")


def read_journal(request: dict[str, Any]) -> None:
    """The journal of the units asked for, or all of it."""
    units = [*request.get("units", []), *units_of(request.get("ports", []))]
    if not units and not request.get("everything"):
        return
    wanted = [] if request.get("everything") else [f"--unit={unit}" for unit in units]
    options = ["--output=json", f"--lines={request['lines']}", *wanted]
    if request["follow"]:
        options.append("--follow")
    for line in lines_of("journalctl", "--quiet", "--no-pager", *options):
        tell(*journal_line(line))


def read_file(path: str, request: dict[str, Any]) -> None:
    """A log file's last lines, and what comes."""
    options = ["-n", str(request["lines"]), *(["-F"] if request["follow"] else [])]
    kind = "requests" if path.endswith(".json") else Path(path).stem
    source = f"nginx {kind}"
    for line in lines_of("tail", *options, path):
        tell(moment(line, time.time()), source, line)


def _end_with_input() -> None:
    """Past Python's own buffer: whoever waits in there would hold up the end of the program."""
    while os.read(0, 4096):
        pass
    os.killpg(0, signal.SIGTERM)


def main(request: str) -> None:
    """Print what was asked for; until standard input ends, and with `follow` no sooner."""
    asked = json.loads(request)
    with suppress(OSError):  # a group of our own, to end with all that we started
        os.setpgid(0, 0)
    tasks: list[Callable[[], None]] = [lambda: read_journal(asked)]
    tasks += [lambda path=path: read_file(path, asked) for path in asked.get("files", [])]  # type: ignore[misc] # a bound loop variable
    threads = [threading.Thread(target=task, daemon=True) for task in tasks]
    for thread in threads:
        thread.start()
    waiting = threading.Thread(target=_end_with_input, daemon=True)
    waiting.start()
    for thread in [waiting] if asked["follow"] else threads:
        thread.join()
