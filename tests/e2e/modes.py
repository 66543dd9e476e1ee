"""Deploying a mode, and looking at it as a visitor."""

import re
from collections.abc import Sequence
from typing import Any

from tests.e2e.harness import Lab
from tests.e2e.shipped import shipped

FORGED = "6.6.6.6"


def switch(lab: Lab, mode: str, **sections: Any) -> None:
    """Deploy a mode."""
    config = {**shipped(), **sections}
    lab.configure({**config, "edge": {**config["edge"], "mode": mode}})
    lab.up()


def visit(lab: Lab, url: str) -> tuple[str, int]:
    """A visitor who forges what the edge says: the last status, and how many redirects."""
    forged = [f"CF-Connecting-IP: {FORGED}", f"X-Forwarded-For: {FORGED}"]
    headers = [word for header in forged for word in ("-H", header)]
    form = ["-o", "/dev/null", "-w", "%{http_code} %{num_redirects}\\n"]
    seen = lab.get(url, "-L", "--max-redirs", "5", *headers, *form).text
    found = re.search(r"^(\d{3}) (\d+)$", seen, re.MULTILINE)
    assert found, seen
    return found[1], int(found[2])


def ended(lab: Lab, host: str, commands: Sequence[str]) -> list[int]:
    """The exit status of each of these, all run at the same time."""
    each = [
        f"({command} >/dev/null 2>&1; echo {position} $?) &"
        for position, command in enumerate(commands)
    ]
    told = lab.sh(host, "\n".join([*each, "wait"])).text.splitlines()
    found = sorted((int(position), int(status)) for position, status in map(str.split, told))
    assert len(found) == len(commands), told
    return [status for _, status in found]
