"""nginx's own figures, as its stub_status page tells them."""

from __future__ import annotations

import http.client
import re
import urllib.request

_PAGE = re.compile(
    r"Active connections: (?P<active>\d+)\s+server accepts handled requests\s+"
    r"(?P<accepts>\d+) (?P<handled>\d+) (?P<requests>\d+)\s+"
    r"Reading: (?P<reading>\d+) Writing: (?P<writing>\d+) Waiting: (?P<waiting>\d+)"
)


def read_status(url: str) -> dict[str, int] | None:
    """The figures by name; None when nginx does not tell them."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=2) as answer:
            return parse_status(answer.read(4096).decode("ascii", "replace"))
    except (OSError, http.client.HTTPException):
        return None


def parse_status(page: str) -> dict[str, int] | None:
    """The figures of a page; None when it is another one."""
    found = _PAGE.search(page)
    return {name: int(value) for name, value in found.groupdict().items()} if found else None
