"""An account of the lab's Linode, and the vendor's client for it."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from linode_api4 import ApiError, LinodeClient

from lab.clouds.linode import create_app
from tests.unit.lab.clouds.hetzner.machines import FakeMachines
from tests.unit.lab.clouds.hetzner.serving import served

TOKEN = "0123456789abcdef" * 4
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMqv0hM5m8q4zsIeiR1Fh4o0N6vTzX1fVvGJ5u5YJQvE me"
ANYWHERE = {"ipv4": ["0.0.0.0/0"], "ipv6": ["::/0"]}
DEADLINE = 10.0

Vendor = Any
"""Linode's client and its models, which have no types."""


@pytest.fixture
def machines() -> FakeMachines:
    return FakeMachines()


@pytest.fixture
def serve(tmp_path: Path, machines: FakeMachines) -> Iterator[Callable[..., str]]:
    """Start the API on the account's state file; called again, as after a restart."""
    with ExitStack() as running:

        def start(**options: Any) -> str:
            running.close()
            app = create_app(
                machines=machines,
                tokens=frozenset({TOKEN}),
                state_file=tmp_path / "linode.json",
                event_seconds=options.pop("event_seconds", 0.02),
                **options,
            )
            return running.enter_context(served(app)).removesuffix("/v1") + "/v4"

        yield start


def client_of(endpoint: str, token: str = TOKEN) -> Vendor:
    """Linode's own client, for that endpoint."""
    return LinodeClient(token, base_url=endpoint, retry=False)


@pytest.fixture
def client(serve: Callable[..., str]) -> Vendor:
    return client_of(serve())


def refusal(call: Callable[[], object]) -> ApiError:
    with pytest.raises(ApiError) as caught:
        call()
    return caught.value


def until(instance: Vendor, status: str) -> Vendor:
    """The Linode, once it has that status."""
    give_up = time.monotonic() + DEADLINE
    while instance.status != status:
        assert time.monotonic() < give_up, instance.status
        time.sleep(0.01)
        instance.invalidate()
    return instance


def create(client: Vendor, label: str = "web", **options: Any) -> Vendor:
    """A Linode that has finished booting."""
    options = {"image": "linode/debian12", "authorized_keys": [PUBLIC_KEY], **options}
    kind, region = options.pop("type", "g6-nanode-1"), options.pop("region", "eu-central")
    made = client.linode.instance_create(kind, region, label=label, **options)
    return until(made, "running")


def event(client: Vendor, action: str) -> dict[str, Any]:
    """The newest event of a kind, once it has ended."""
    give_up = time.monotonic() + DEADLINE
    while True:
        filters = {"action": action, "+order_by": "created", "+order": "desc"}
        found: dict[str, Any] = client.get("/account/events", filters=filters)["data"][0]
        if found["status"] not in ("scheduled", "started"):
            return found
        assert time.monotonic() < give_up, found
        time.sleep(0.01)


def accepting(*ports: str, protocol: str = "TCP") -> dict[str, Any]:
    """A rule set that drops all but what goes to those ports."""
    rules = [
        {"action": "ACCEPT", "protocol": protocol, "ports": port, "addresses": ANYWHERE}
        for port in ports
    ]
    return {
        "inbound": rules,
        "inbound_policy": "DROP",
        "outbound": [],
        "outbound_policy": "ACCEPT",
    }
