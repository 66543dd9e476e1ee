"""The lab's API on loopback, with trouble on demand, and the program's client speaking to it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import JSONResponse

from components.cloudflare.api import Api
from tests.unit.lab.clouds.cloudflare.conftest import TOKEN, served
from tests.unit.lab.clouds.cloudflare.conftest import Api as LabApi

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass(kw_only=True)
class Cloud:
    """The lab's API.

    Attributes:
        trouble: Statuses that the next requests get in the place of an answer.
        lose_write: Whether the next change is made and its answer lost.
        asked: Method and path of every request.
        connections: Address and port that each connection came from.
        waited: Seconds between tries, as the client wanted to wait.
    """

    app: ASGIApp
    url: str = ""
    trouble: list[int] = field(default_factory=list)
    lose_write: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)
    connections: set[tuple[str, int]] = field(default_factory=set)
    waited: list[float] = field(default_factory=list)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The application, or trouble."""
        self.asked.append((scope["method"], scope["path"]))
        self.connections.add(tuple(scope["client"]))
        if self.lose_write and scope["method"] != "GET":
            self.lose_write = False
            await self.app(scope, receive, _nowhere)
            self.trouble.append(502)
        if not self.trouble:
            await self.app(scope, receive, send)
            return
        status = self.trouble.pop(0)
        headers = {"Retry-After": "3"} if status == 429 else {}
        await JSONResponse({"success": False, "errors": []}, status, headers)(scope, receive, send)

    def client(self, token: str = TOKEN) -> Api:
        """The program's client; it does not really wait."""
        return Api(token=token, base_url=self.url, sleep=self.waited.append)

    def zone_id(self, name: str = "gonova.one") -> str:
        """The zone's identifier."""
        return str(self.client().get("/zones", {"name": name})[0]["id"])

    def rules(self) -> list[dict[str, Any]]:
        """The configuration rules of the zone, all of them."""
        client, zone = self.client(), f"/zones/{self.zone_id()}/rulesets"
        return [
            rule
            for one in client.get(zone)
            for rule in client.get(f"{zone}/{one['id']}").get("rules", [])
        ]

    def rule_sets(self) -> list[str]:
        """The names of the zone's rule sets."""
        return [one["name"] for one in self.client().get(f"/zones/{self.zone_id()}/rulesets")]

    def ssl(self) -> str:
        """The zone's own SSL mode."""
        return str(self.client().get(f"/zones/{self.zone_id()}/settings/ssl")["value"])


async def _nowhere(_: Any) -> None:
    """What is sent here is lost."""


@pytest.fixture(autouse=True)
def _whole_tracebacks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a dynamic provider sets for its own process ends with the test."""
    monkeypatch.setattr(sys, "tracebacklimit", 1000, raising=False)


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    lab = LabApi(tmp_path / "cloudflare.json")
    cloud = Cloud(app=lab.app())
    with served(cloud.answer) as cloud.url:
        yield cloud
