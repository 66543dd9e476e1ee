"""A project of the lab's Hetzner Cloud, and the vendor's client for it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hcloud import Client

from lab.clouds.hetzner import create_app
from tests.unit.lab.clouds.hetzner.machines import FakeMachines
from tests.unit.lab.clouds.hetzner.serving import served

TOKEN = "t" * 64

Vendor = Any
"""Hetzner's client and its models, whose fields are all typed as possibly None."""


@pytest.fixture
def machines() -> FakeMachines:
    return FakeMachines()


@pytest.fixture
def serve(tmp_path: Path, machines: FakeMachines) -> Iterator[Callable[..., str]]:
    """Start the API on the project's state file; called again, as after a restart."""
    with ExitStack() as running:

        def start(**options: Any) -> str:
            running.close()
            app = create_app(
                machines=machines,
                tokens=frozenset({TOKEN}),
                state_file=tmp_path / "hetzner.json",
                action_seconds=options.pop("action_seconds", 0.02),
                **options,
            )
            return running.enter_context(served(app))

        yield start


def client_of(endpoint: str, token: str = TOKEN) -> Vendor:
    """Hetzner's own client, for that endpoint."""
    return Client(token=token, api_endpoint=endpoint, poll_interval=0.02, poll_max_retries=1000)


@pytest.fixture
def client(serve: Callable[..., str]) -> Vendor:
    return client_of(serve())
