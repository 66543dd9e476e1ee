"""An account of the lab's DigitalOcean, and the vendor's client for it."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline.policies import HeadersPolicy
from pydo import Client

from lab.clouds.digitalocean import create_app
from tests.unit.lab.clouds.hetzner.machines import FakeMachines
from tests.unit.lab.clouds.hetzner.serving import served

TOKEN = "dop_v1_" + "d0" * 32
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMqv0hM5m8q4zsIeiR1Fh4o0N6vTzX1fVvGJ5u5YJQvE me"
DEADLINE = 10.0

Vendor = Any
"""DigitalOcean's client; its answers are plain JSON."""


@pytest.fixture
def machines() -> FakeMachines:
    return FakeMachines()


@pytest.fixture
def serve(tmp_path: Path, machines: FakeMachines) -> Iterator[Callable[..., str]]:
    """Start the API on the account's state file; called again, as after a restart."""
    with ExitStack() as running:

        def start(*, action_seconds: float = 0.02, **options: Any) -> str:
            running.close()
            app = create_app(
                machines=machines,
                tokens=frozenset({TOKEN}),
                state_file=tmp_path / "digitalocean.json",
                action_seconds=action_seconds,
                **options,
            )
            return running.enter_context(served(app)).removesuffix("/v1")

        yield start


def client_of(endpoint: str, token: str = TOKEN) -> Vendor:
    """DigitalOcean's own client, for that endpoint, which does not try again by itself."""
    # Its own way to send the token refuses plain HTTP, which here stays on this machine.
    bearer = HeadersPolicy({"Authorization": f"Bearer {token}"})
    return Client(token, endpoint=endpoint, retry_total=0, authentication_policy=bearer)


@pytest.fixture
def client(serve: Callable[..., str]) -> Vendor:
    return client_of(serve())


def create(client: Vendor, **changes: Any) -> dict[str, Any]:
    """A droplet that has come up."""
    asked = {"name": "web", "region": "fra1", "size": "s-1vcpu-1gb", "image": "debian-12-x64"}
    made = client.droplets.create(body={**asked, **changes})
    expect(made)
    finished(client, made["links"]["actions"][0]["id"])
    return droplet(client, made["droplet"]["id"])


def droplet(client: Vendor, key: int) -> dict[str, Any]:
    """A droplet as it is now."""
    found: dict[str, Any] = expect(client.droplets.get(droplet_id=key))["droplet"]
    return found


def act(client: Vendor, key: int, kind: str, **details: Any) -> dict[str, Any]:
    """Do something to a droplet and wait; the finished action."""
    answer = client.droplet_actions.post(droplet_id=key, body={"type": kind, **details})
    return finished(client, expect(answer)["action"]["id"])


def finished(client: Vendor, key: int) -> dict[str, Any]:
    """The action, once it has ended."""
    give_up = time.monotonic() + DEADLINE
    while True:
        action: dict[str, Any] = client.actions.get(action_id=key)["action"]
        if action["status"] != "in-progress":
            return action
        assert time.monotonic() < give_up, action
        time.sleep(0.01)


def expect(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer, which is not a refusal: pydo returns a 404's body as if all were well."""
    assert "request_id" not in answer, answer
    return answer


def refusal(call: Callable[[], Any]) -> tuple[int, str]:
    """Status and message of a refused call."""
    with pytest.raises(HttpResponseError) as caught:
        call()
    response: Any = caught.value.response
    told = response.json()
    assert set(told) == {"id", "message", "request_id"}
    assert caught.value.status_code is not None
    return caught.value.status_code, told["message"]
