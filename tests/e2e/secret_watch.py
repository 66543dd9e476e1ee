"""Looks at every process of a host for secrets, until told to stop; run there by its own Python.

    python3 -c "$(this file)" <SECRETS     one a line: NAME BASE64; ends when FLAG goes

Prints a line for each finding: where (command line or environment), the process's name, the
secret's name. An environment is looked at of those only who should have none of it.
"""

import base64
import pathlib
import sys
import time

# The engine, its language host and plugins; and the lab's own way to become the user.
ALLOWED = ("pulumi", "setpriv")
# Of all that runs in Python: the program itself, and bin/ops, which its user starts.
PROGRAMS = (b"pulumi-language-python-exec", b"\0-m\0ops\0")
PATIENCE = 0.2  # seconds
FLAG = pathlib.Path("/run/secret-watch")


def started_by(process: pathlib.Path) -> str:
    """The name of a process's parent; "" when either is gone."""
    try:
        parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
        return (process.parent / parent / "comm").read_text().strip()
    except (OSError, IndexError):
        return ""


def may_hold(process: pathlib.Path, name: str, line: bytes) -> bool:
    """Whether it is one of those that the engine hands its secrets to."""
    if name.startswith(ALLOWED):
        return True
    # What the engine and its language host ask Python for stands on no command line of ours.
    return name.startswith("python") and (
        any(program in line for program in PROGRAMS) or started_by(process).startswith("pulumi")
    )


secrets = {
    name: base64.b64decode(text) for name, text in (line.split() for line in sys.stdin.readlines())
}
found = set()
seen: dict[
    tuple[str, str, str], float
] = {}  # a process that replaces itself at once is given the time to do so
FLAG.touch()
while FLAG.exists():
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            name = (process / "comm").read_text().strip()
            line = (process / "cmdline").read_bytes()
            environment = (process / "environ").read_bytes()
        except OSError:
            continue
        for secret, text in secrets.items():
            if text in line:
                found.add(f"command line of {name}: {secret}")
            if text in environment and not may_hold(process, name, line):
                what = (process.name, name, secret)
                if time.monotonic() - seen.setdefault(what, time.monotonic()) > PATIENCE:
                    found.add(f"environment of {name}: {secret}")
    time.sleep(0.01)
print("\n".join(sorted(found)))
