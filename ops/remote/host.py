"""The facts of one host, as JSON on standard output. It looks, and changes nothing.

Sent over one ssh session to the VPS, and run in the same way on the WSL host; see `ops.sending`.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from ops.remote import canary, system
from ops.remote.web import Target, exchange

WEB_SECONDS = 3.0


def look(request: dict[str, Any]) -> dict[str, Any]:
    """Everything that was asked for, looked at side by side; what cannot be seen is left out.

    Args:
        request: units, journals, certificates, keys, states, accounts, tables (names or paths);
            web (name -> Target's fields); ssh_port; updates (whether to ask apt); trickle (how
            many blank lines to write meanwhile, and every how many seconds); history (the
            watcher's file).
    """
    tasks: dict[str, Callable[[], Any]] = {
        "units": lambda: system.units(request.get("units", [])),
        "listeners": system.listeners,
        "disks": system.disks,
        "journals": lambda: {name: system.journal(name) for name in request.get("journals", [])},
        "certificates": lambda: _each(system.certificate_end, request.get("certificates", [])),
        "keys": lambda: _each(system.fingerprints, request.get("keys", [])),
        "states": lambda: _each(system.state, request.get("states", [])),
        "accounts": lambda: {name: system.processes(name) for name in request.get("accounts", [])},
        "tables": lambda: {name: system.table(name) for name in request.get("tables", [])},
        "wsl": system.is_wsl,
        "nginx_trouble": system.nginx_trouble,
    }
    if request.get("updates"):
        tasks["updates"] = system.updates
    if request.get("history"):
        tasks["history"] = lambda: canary.buckets(request["history"], time.time())
    for name, fields in request.get("web", {}).items():
        tasks[f"web {name}"] = partial(_visit, fields)
    port = request.get("ssh_port", 22)
    before = system.peers(port)
    count, pause = request.get("trickle", (0, 0.0))
    writing = threading.Thread(target=_trickle, args=(count, pause), daemon=True)
    writing.start()
    found = _together(tasks)
    writing.join()
    found["moved"] = system.moved(before, system.peers(port))
    web = {name[4:]: found.pop(name) for name in list(found) if name.startswith("web ")}
    client = (sys.argv[1:] or [""])[0].partition(" ")[0]
    return {**found, "web": web, "client": client, "now": time.time(), "uptime": system.uptime()}


def _trickle(count: int, pause: float) -> None:
    """Blank lines before the answer, each a packet of its own; JSON does not mind them."""
    for _ in range(count):
        time.sleep(pause)
        sys.stdout.write("\n")
        sys.stdout.flush()


def _visit(fields: dict[str, Any]) -> dict[str, Any]:
    return asdict(exchange(Target(**fields), WEB_SECONDS))


def _together(tasks: dict[str, Callable[[], Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def one(name: str, task: Callable[[], Any]) -> None:
        try:
            found[name] = task()
        except (OSError, ValueError, subprocess.SubprocessError):
            return  # the reader sees that it is missing

    threads = [threading.Thread(target=one, args=each, daemon=True) for each in tasks.items()]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + system.COMMAND_SECONDS + 1
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    return dict(found)


def _each(task: Callable[[str], Any], names: Sequence[str]) -> dict[str, Any]:
    found = {}
    for name in names:
        try:
            found[name] = task(name)
        except (OSError, ValueError):
            found[name] = None
    return found


def main(request: str) -> None:
    """Print the facts that were asked for, then end, whatever still hangs."""
    json.dump(look(json.loads(request)), sys.stdout)
    sys.stdout.flush()
    os._exit(0)
