"""Runs a script on a host and waits for as long as it says something."""

import os
import selectors
import shlex
import subprocess
import tempfile
from collections.abc import Sequence

from components.drift.report import Unknown, Unreachable
from components.ending import end
from components.environment import clean_environment
from components.login import Login, login_files, ssh_command
from components.naming import StackName
from components.rendering import script

SILENCE = 3  # seconds without a word until a host counts as unknown
_CHUNK = 65536
_SHELL = ("bash", "-s")
_NO_CONNECTION = "connect to host"  # ssh's own words, whatever the reason it adds


def look_script(stack: StackName) -> str:
    """What a host is sent: becoming root, then the look at what this stack noted there."""
    values = f"stack={shlex.quote(stack.owner)}\n"
    parts = [script("become-root.sh"), "set -u\n", values, script("notes.sh"), script("drift.sh")]
    return "".join([*parts, "look </dev/null\n"])


def ask_here(text: str) -> str:
    """What the script prints on this machine.

    Raises:
        Unknown: It failed, or was silent for too long (`Unreachable`).
    """
    return run(_SHELL, text, silence=SILENCE)


def ask_there(login: Login, text: str) -> str:
    """What the script prints on the VPS, over one connection with its pinned host key.

    Raises:
        Unreachable: It takes no connection, or was silent for too long.
        Unknown: It failed.
    """
    with login_files(login) as files:
        argv = ssh_command(login, files, _SHELL, terminal=False, connect_timeout=SILENCE)
        return run(argv, text, silence=SILENCE)


def run(argv: Sequence[str], text: str, *, silence: float) -> str:
    """The output of a program that is given a text.

    Raises:
        Unreachable: It was silent for too long, or is an ssh that got no connection.
        Unknown: There is no such program, or it failed.
    """
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as errors:
        given.write(text.encode())
        given.seek(0)
        try:
            child = subprocess.Popen(
                argv,
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=clean_environment(),
            )
        except OSError as error:
            raise Unknown(f"{argv[0]} does not run here: {error.strerror}") from None
        try:
            output = _read(child, silence)
        finally:
            end(child)
        errors.seek(0)
        words = errors.read().decode(errors="replace").strip().splitlines()
    if child.returncode:
        reason = words[-1] if words else f"status {child.returncode}"
        raise Unreachable(reason) if _NO_CONNECTION in reason else Unknown(reason)
    return output.decode(errors="replace")


def _read(child: "subprocess.Popen[bytes]", silence: float) -> bytes:
    """Everything it prints until its end."""
    assert child.stdout is not None
    read = b""
    with selectors.DefaultSelector() as selector:
        selector.register(child.stdout, selectors.EVENT_READ)
        while selector.select(silence):
            chunk = os.read(child.stdout.fileno(), _CHUNK)
            if not chunk:
                try:
                    child.wait(silence)
                except subprocess.TimeoutExpired:
                    break  # it has closed its output and does not end
                return read
            read += chunk
    raise Unreachable(f"no answer for {silence:g} s")
