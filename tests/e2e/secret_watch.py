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
ALLOWED = ("pulumi", "python", "setpriv")
PATIENCE = 0.2  # seconds
FLAG = pathlib.Path("/run/secret-watch")

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
            if text in environment and not name.startswith(ALLOWED):
                what = (process.name, name, secret)
                if time.monotonic() - seen.setdefault(what, time.monotonic()) > PATIENCE:
                    found.add(f"environment of {name}: {secret}")
    time.sleep(0.01)
print("\n".join(sorted(found)))
