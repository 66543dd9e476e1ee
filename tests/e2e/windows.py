"""What the lab's Windows holds, and what it was asked for."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from lab.windows.drive import CALLS, PROFILE, SYSTEM32, TASKS
from tests.e2e.harness import Lab


def config(lab: Lab) -> str:
    """The user's .wslconfig, line ends as they are."""
    return lab.on("wsl", "cat", f"{PROFILE}/.wslconfig").text


def left(lab: Lab) -> list[str]:
    """The files of the user's folder and the names of the tasks."""
    files = lab.on("wsl", "ls", "-A", str(PROFILE)).text.splitlines()
    return [*sorted(files), *sorted(lab.on("wsl", "ls", "-A", str(TASKS)).text.splitlines())]


def calls(lab: Lab) -> list[list[str]]:
    """Every call of a program of Windows so far: its name, then its arguments."""
    lines = map(json.loads, lab.on("wsl", "cat", str(CALLS)).text.splitlines())
    return [[line["program"], *line["args"]] for line in lines]


@contextmanager
def silence(lab: Lab) -> Iterator[None]:
    """No program of Windows can be run, as with `[interop] enabled=false`."""
    lab.sh(
        "wsl",
        # What is left is what the kernel sees of a program of Windows without WSL's help.
        f"cd {SYSTEM32} && for p in *.exe; do mv $p $p.kept && printf 'MZ\\220' >$p && chmod +x $p;"
        " done; printf '[interop]\\nenabled=false\\n' >>/etc/wsl.conf",
    )
    try:
        yield
    finally:
        lab.sh(
            "wsl",
            f"cd {SYSTEM32} && for p in *.kept; do mv $p ${{p%.kept}}; done;"
            " sed -i '/interop/,+1d' /etc/wsl.conf",
        )
