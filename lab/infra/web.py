"""Which application answers a request: decided by its Host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from lab.images.releases import DEBIAN, UBUNTU

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send

ARCHIVES = (*DEBIAN.hosts, *UBUNTU.hosts)


class ByHost:
    """Hands each request to the application of its host name; any other name gets 421."""

    def __init__(self, apps: Mapping[str, ASGIApp]) -> None:
        self._apps = dict(apps)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        host = Headers(scope=scope).get("host", "").partition(":")[0].lower()
        answer = self._apps.get(host) or PlainTextResponse("Misdirected Request\n", 421)
        await answer(scope, receive, send)


def packages(archive: Path) -> ByHost:
    """The package archive under Debian's and Ubuntu's names."""
    files = Mount("/", StaticFiles(directory=archive, follow_symlink=True))
    return ByHost(dict.fromkeys(ARCHIVES, Starlette(routes=[files])))
