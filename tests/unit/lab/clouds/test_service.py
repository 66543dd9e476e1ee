"""What the clouds' APIs do alike."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import httpx
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.service import SEE_LOG, Manners, Refusal, serve
from tests.unit.lab.clouds.cloudflare.conftest import switch

if TYPE_CHECKING:
    import pytest
    from starlette.requests import Request


class Told(Refusal):
    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status

    def response(self) -> Response:
        return JSONResponse({"told": str(self)}, self.status)


async def fail(_: Request) -> Response:
    raise ZeroDivisionError("the bug")


def finish(response: Response) -> None:
    response.headers["X-All"] = "carry it"


def test_a_bug_of_an_api_is_told_in_its_own_words_and_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    manners = Manners(
        admit=lambda _: None,
        unknown=lambda _: Told(404, "nothing there"),
        broken=Told(500, SEE_LOG),
        finish=finish,
    )
    monkeypatch.setattr(switch(), "app", serve({"/v1": [Route("/bug", fail)]}, manners))
    root = switch().url.removesuffix("/client/v4")
    with caplog.at_level(logging.ERROR, "lab.clouds.service"):
        answer = httpx.get(f"{root}/v1/bug")

    assert (answer.status_code, answer.json()) == (500, {"told": SEE_LOG})
    assert answer.headers["X-All"] == "carry it"
    assert "GET /v1/bug failed" in caplog.text
    assert "the bug" in caplog.text
