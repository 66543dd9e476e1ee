"""An API in trouble: who meets it, what they are told, and when all is well again."""

import asyncio
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from lab.infra import trouble
from lab.infra.trouble import BUSY, FILE, Trouble, Troubled, set_trouble

HOST = "api.hetzner.cloud"


@pytest.fixture
def clouds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a lab's clouds keep their state."""
    monkeypatch.setattr(trouble, "lab_dir", lambda _: tmp_path)
    (tmp_path / "clouds").mkdir()
    return tmp_path / "clouds"


@pytest.fixture
def client(clouds: Path) -> httpx.AsyncClient:
    """A caller of an API that is well."""
    well = Starlette(
        routes=[Route("/", lambda _: PlainTextResponse("well"), methods=["GET", "POST"])]
    )
    app = Troubled(well, HOST, clouds / FILE)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=f"https://{HOST}")


async def test_without_trouble_every_request_is_answered(client: httpx.AsyncClient) -> None:
    assert (await client.post("/")).text == "well"


@pytest.mark.parametrize("hostname", sorted(BUSY))
async def test_a_busy_api_asks_to_come_back_in_its_own_words(clouds: Path, hostname: str) -> None:
    app = Troubled(Starlette(), hostname, clouds / FILE)
    set_trouble("any", hostname, Trouble(answer="busy"))

    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app), base_url=f"https://{hostname}"
    ) as client:
        answer = await client.post("/")

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert answer.json() == BUSY[hostname]


async def test_trouble_ends_after_so_many_requests(client: httpx.AsyncClient, clouds: Path) -> None:
    set_trouble("any", HOST, Trouble(answer="broken", requests=2))

    seen = [(await client.post("/")).status_code for _ in range(3)]

    assert seen == [500, 500, 200]
    assert not (clouds / FILE).exists()


async def test_other_methods_and_other_apis_do_not_meet_it(client: httpx.AsyncClient) -> None:
    set_trouble("any", HOST, Trouble(answer="broken"))
    set_trouble("any", "api.linode.com", Trouble(answer="broken"))

    assert (await client.get("/")).status_code == 200
    set_trouble("any", HOST, None)
    assert (await client.post("/")).status_code == 200


async def test_a_silent_api_says_nothing_until_the_caller_hangs_up(clouds: Path) -> None:
    set_trouble("any", HOST, Trouble(answer="nothing"))
    app = Troubled(Starlette(), HOST, clouds / FILE)
    hung_up = asyncio.Event()
    said: list[object] = []

    async def receive() -> dict[str, str]:
        await hung_up.wait()
        return {"type": "http.disconnect"}

    async def send(message: object) -> None:
        said.append(message)

    asked = asyncio.create_task(app({"type": "http", "method": "POST"}, receive, send))
    await asyncio.sleep(0)
    assert not asked.done()
    hung_up.set()
    async with asyncio.timeout(5):
        await asked

    assert said == []
