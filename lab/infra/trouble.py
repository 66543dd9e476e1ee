"""An API in trouble, on purpose: while a file says so, it answers 429 or 500, or nothing at all."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from starlette.responses import JSONResponse, PlainTextResponse, Response

from lab.paths import lab_dir
from lab.processes import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send

Answer = Literal["busy", "broken", "nothing"]
FILE = "trouble.json"
FOR_GOOD = 1_000_000
BUSY = {
    "api.hetzner.cloud": {"error": {"code": "rate_limit_exceeded", "message": "limit reached"}},
    "api.cloudflare.com": {
        "success": False,
        "errors": [{"code": 971, "message": "Please wait and consider throttling your requests"}],
        "messages": [],
        "result": None,
    },
    "api.digitalocean.com": {"id": "too_many_requests", "message": "API rate limit exceeded."},
    "api.linode.com": {"errors": [{"reason": "Too many requests"}]},
    "api.vultr.com": {"error": "Rate limit exceeded, please try again later", "status": 429},
}
"""How each vendor words a 429."""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What is wrong with an API.

    Attributes:
        answer: "busy" is 429 with Retry-After: 1, "broken" is 500, "nothing" keeps the caller
            waiting until it hangs up.
        requests: How many requests meet it; after them all is well again.
        methods: Which requests do.
    """

    answer: Answer
    requests: int = FOR_GOOD
    methods: tuple[str, ...] = ("POST", "PUT", "PATCH")


def set_trouble(lab: str, hostname: str, trouble: Trouble | None) -> None:
    """Put one API of a lab into trouble, or out of it (None)."""
    _write(lab_dir(lab) / "clouds" / FILE, hostname, trouble)


class Troubled:
    """An API that is in trouble while the file says so."""

    def __init__(self, app: ASGIApp, hostname: str, file: Path) -> None:
        self._app, self._hostname, self._file = app, hostname, file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        trouble = self._met_by(scope.get("method", ""))
        if trouble is None:
            await self._app(scope, receive, send)
        elif trouble.answer == "nothing":
            while (await receive())["type"] != "http.disconnect":
                pass  # the request's body
        else:
            await self._refusal(trouble.answer)(scope, receive, send)

    def _met_by(self, method: str) -> Trouble | None:
        """The trouble that this request meets; it is counted."""
        trouble = _read(self._file).get(self._hostname)
        if trouble is None or method not in trouble.methods:
            return None
        left = trouble.requests - 1
        rest = Trouble(answer=trouble.answer, requests=left, methods=trouble.methods)
        _write(self._file, self._hostname, rest if left else None)
        return trouble

    def _refusal(self, answer: Answer) -> Response:
        if answer == "busy":
            return JSONResponse(BUSY[self._hostname], 429, headers={"Retry-After": "1"})
        return PlainTextResponse("Internal Server Error\n", 500)


def _read(file: Path) -> dict[str, Trouble]:
    try:
        kept = json.loads(file.read_text())
    except FileNotFoundError:
        return {}
    return {
        name: Trouble(**{**fields, "methods": tuple(fields["methods"])})
        for name, fields in kept.items()
    }


def _write(file: Path, hostname: str, trouble: Trouble | None) -> None:
    kept = {name: asdict(one) for name, one in _read(file).items() if name != hostname}
    if trouble is not None:
        kept[hostname] = asdict(trouble)
    if kept:
        write_atomically(file, json.dumps(kept))
    else:
        file.unlink(missing_ok=True)
