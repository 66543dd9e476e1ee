"""An account of the lab's Vultr, and a plain HTTP client for it."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from lab.clouds.vultr import create_app
from tests.unit.lab.clouds.hetzner.machines import FakeMachines, Machine
from tests.unit.lab.clouds.hetzner.serving import served

TOKEN = "VULTRTOKEN" + "A1B2C3" * 5
DEADLINE = 10.0
PUBLIC_KEY = (
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMqv0hM5m8q4zsIeiR1Fh4o0N6vTzX1fVvGJ5u5YJQvE me@example"
)


class Vultr:
    """The API as its documents have it: JSON in, JSON out."""

    def __init__(self, endpoint: str, token: str | None = TOKEN) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.endpoint = endpoint
        self._http = httpx.Client(base_url=endpoint, headers=headers)

    def ask(self, call: str, **body: Any) -> httpx.Response:
        """A call such as "GET /plans"; keyword arguments are the body."""
        method, path = call.split()
        return self._http.request(method, path, json=body or None)

    def get(self, path: str) -> Any:
        """The JSON of a GET that works."""
        return self._done(self.ask(f"GET {path}"), 200)

    def post(self, path: str, status: int = 201, **body: Any) -> Any:
        """The JSON of a POST that works."""
        return self._done(self.ask(f"POST {path}", **body), status)

    def _done(self, answer: httpx.Response, status: int) -> Any:
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def instance(self, **options: Any) -> dict[str, Any]:
        """A new instance, once it is there."""
        wanted = {"region": "fra", "plan": "vc2-1c-1gb", "os_id": 2136, **options}
        return self.settled(self.post("/instances", 202, **wanted)["instance"]["id"])

    def settled(self, key: str) -> dict[str, Any]:
        """The instance, once nothing goes on with it."""
        give_up = time.monotonic() + DEADLINE
        while True:
            found: dict[str, Any] = self.get(f"/instances/{key}")["instance"]
            if found["server_status"] == "ok":
                return found
            assert time.monotonic() < give_up, found
            time.sleep(0.01)

    def refusal(self, call: str, **body: Any) -> tuple[int, str]:
        """Status and words of a call that does not work."""
        answer = self.ask(call, **body)
        assert answer.is_error, answer.text
        told = answer.json()
        assert told["status"] == answer.status_code
        assert set(told) == {"error", "status"}
        return answer.status_code, told["error"]


@pytest.fixture
def machines() -> FakeMachines:
    return FakeMachines()


def only(machines: FakeMachines) -> Machine:
    """The one machine there is."""
    (found,) = machines.all.values()
    return found


@pytest.fixture
def serve(tmp_path: Path, machines: FakeMachines) -> Iterator[Callable[..., str]]:
    """Start the API on the account's state file; called again, as after a restart."""
    with ExitStack() as running:

        def start(**options: Any) -> str:
            running.close()
            app = create_app(
                machines=machines,
                tokens=frozenset({TOKEN}),
                state_file=tmp_path / "vultr.json",
                boot_seconds=options.pop("boot_seconds", 0.02),
                requests_per_second=options.pop("requests_per_second", 10_000),
                cloudflare=("198.51.100.0/26", "2001:db8:ed6e::/48"),
                **options,
            )
            return running.enter_context(served(app)).removesuffix("/v1") + "/v2"

        yield start


@pytest.fixture
def vultr(serve: Callable[..., str]) -> Vultr:
    return Vultr(serve())
