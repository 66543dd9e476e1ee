"""Runs the facts program on a host: on the VPS over one ssh session, here through sudo."""

import json
import os
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.ending import end
from components.environment import clean_environment
from ops.login import Login, login_files, ssh_command
from ops.operations import Operations

REMOTE = Path(__file__).with_name("remote")
MODULES = ("frames", "target", "web", "canary", "system", "host")
"""In the order of their imports."""
_PROGRAM = 'p="import sys; exec(sys.stdin.read(int(sys.stdin.readline())))"; '
LISTENING = (
    f"{_PROGRAM}"
    'if [ "$(id -u)" = 0 ]; then exec python3 -I -c "$p" "$SSH_CONNECTION";'
    ' else exec sudo -n python3 -I -c "$p" "$SSH_CONNECTION"; fi'
)
"""Runs a program as root whose length comes first, so that it starts before its input ends."""
TRICKLE, TRICKLE_SECONDS = 250, 0.003
"""Blank lines that go over the line beside the facts, each a packet: their loss is counted."""
LONG_TRICKLE = 3 * TRICKLE
"""Where one look has to tell: on a busy machine many lines share a packet, and chance decides."""
SILENT_SECONDS = 4
"""How long a VPS may be silent before it counts as dead."""
SESSION_SECONDS = 12.0

_TROUBLES = {
    "Host key verification failed": "host-key",
    "Permission denied": "denied",
    "Connection refused": "refused",
    "No route to host": "unreachable",
    "Network is unreachable": "unreachable",
    "timed out": "silent",
    "not responding": "silent",
    "Connection closed": "closed",
    "Connection reset": "closed",
    "a password is required": "sudo",
    # sudo-rs, Ubuntu's since 26.04: where it needs a password, and who may not use it at all.
    "interactive authentication is required": "sudo",
    "I'm afraid I can't do that": "sudo",
    "python3: not found": "python",
    "python3: command not found": "python",
}


@dataclass(frozen=True, kw_only=True)
class Unreached:
    """Why a host did not tell its facts.

    Attributes:
        reason: host-key, denied, refused, unreachable, silent, closed, sudo, python, failed, or
            elsewhere: it is not the machine that looks.
        words: The last that was said about it.
    """

    reason: str
    words: str


def program(request: Mapping[str, Any], modules: Sequence[str] = MODULES, entry: str = "") -> str:
    """The modules and a request as one text for python3; nothing is left on the host."""
    parts = [
        "import sys, types",
        "sys.modules['ops'] = types.ModuleType('ops')",
        "sys.modules['ops.remote'] = types.ModuleType('ops.remote')",
    ]
    for name in modules:
        full = f"ops.remote.{name}"
        source = (REMOTE / f"{name}.py").read_text(encoding="utf-8")
        parts += [
            f"module = sys.modules[{full!r}] = types.ModuleType({full!r})",
            f"setattr(sys.modules['ops.remote'], {name!r}, module)",
            f"exec(compile({source!a}, {full!r}, 'exec'), module.__dict__)",
        ]
    main = entry or f"ops.remote.{modules[-1]}"
    parts.append(f"sys.modules[{main!r}].main({json.dumps(request)!r})")
    return "\n".join(parts) + "\n"


def ask_vps(
    login: Login, request: Mapping[str, Any], *, trickle: int = TRICKLE
) -> dict[str, Any] | Unreached:
    """The VPS's facts, over one ssh session with the pinned host key.

    Args:
        login: To the VPS.
        request: What it is asked for, see `ops.health.requests.vps_request`.
        trickle: How many blank lines go each way meanwhile, one every 3 ms.
    """
    with login_files(login) as files:
        argv = impatient(ssh_command(login, files, [LISTENING], terminal=False))
        return _answer(argv, {**request, "trickle": [trickle, TRICKLE_SECONDS]}, trickle=trickle)


def impatient(argv: Sequence[str]) -> list[str]:
    """An ssh command that asks nobody and soon gives up; of an option ssh takes the first."""
    seconds = SILENT_SECONDS
    options = ("BatchMode=yes", f"ConnectTimeout={seconds}", f"ServerAliveInterval={seconds}")
    return [argv[0], *(word for option in options for word in ("-o", option)), *argv[1:]]


def ask_wsl(operations: Operations, request: Mapping[str, Any]) -> dict[str, Any] | Unreached:
    """The WSL host's facts where it is this machine; another machine's would say nothing of it."""
    elsewhere = operations.elsewhere()
    return Unreached(reason="elsewhere", words=elsewhere) if elsewhere else ask_here(request)


def ask_here(request: Mapping[str, Any]) -> dict[str, Any] | Unreached:
    """This machine's facts; as root where sudo asks for no password, else as who we are."""
    if os.geteuid() == 0:
        return _answer(["bash", "-c", LISTENING], request)
    found = _answer(["bash", "-c", LISTENING], request)
    if not isinstance(found, Unreached):
        return found
    as_we_are = f'{_PROGRAM}exec {shlex.quote(sys.executable)} -I -c "$p"'
    return _answer(["bash", "-c", as_we_are], request)


def _answer(
    argv: Sequence[str], request: Mapping[str, Any], *, trickle: int = 0
) -> dict[str, Any] | Unreached:
    theirs, ours = os.pipe()
    feeding = threading.Thread(target=_feed, args=(ours, program(request), trickle), daemon=True)
    try:
        child = subprocess.Popen(
            argv,
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            env=clean_environment(),
        )
        feeding.start()
        try:
            said, words = child.communicate(timeout=SESSION_SECONDS)
        except subprocess.TimeoutExpired:
            return Unreached(reason="silent", words=f"no end within {SESSION_SECONDS:.0f} s")
        finally:
            end(child)
    except OSError as error:
        return Unreached(reason="failed", words=str(error))
    finally:
        os.close(theirs)
    # What a login shell says before (an echo in .bashrc) is passed over.
    before, brace, facts = said.partition("{")
    try:
        found: dict[str, Any] = json.loads(brace + facts)
    except ValueError:
        return trouble(words or before)
    return found


def _feed(pipe: int, text: str, trickle: int) -> None:
    """The program, then blank lines one by one; whoever does not want them has ended."""
    with suppress(BrokenPipeError), os.fdopen(pipe, "w") as stream:
        stream.write(f"{len(text)}\n{text}")
        stream.flush()
        for _ in range(trickle):
            time.sleep(TRICKLE_SECONDS)
            stream.write("\n")
            stream.flush()


def trouble(words: str) -> Unreached:
    """What ssh, sudo or python said, as a reason."""
    last = (words.strip().splitlines() or ["nothing was said"])[-1]
    reason = next((kind for said, kind in _TROUBLES.items() if said in words), "failed")
    return Unreached(reason=reason, words=last[:300])
