"""The digitalocean stand-in under the tests' engine, over the lab's own API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from lab.clouds.digitalocean import create_app
from lab.plugins.digitalocean.__main__ import provider
from lab.plugins.protocol import provider_pb2
from lab.plugins.serving import Provider
from lab.plugins.values import from_values
from tests.unit.lab.clouds.digitalocean.conftest import TOKEN, client_of
from tests.unit.lab.clouds.hetzner.machines import FakeMachines
from tests.unit.lab.clouds.hetzner.serving import served
from tests.unit.lab.plugins.hcloud_engine import NOTHING, Engine


async def configured(endpoint: str, token: str = TOKEN) -> Provider:
    """The plugin, configured by a provider's inputs; it does not try again."""
    plugin = provider()
    config = {"apiEndpoint": endpoint, "token": token, "httpRetryMax": 0}
    args = from_values(config, secrets=NOTHING)
    await plugin.configure(provider_pb2.ConfigureRequest(args=args))
    return plugin


@asynccontextmanager
async def digitalocean(state_file: Path) -> AsyncIterator[Engine]:
    """An engine whose `api` is DigitalOcean's own client, as the console."""
    machines = FakeMachines()
    app = create_app(
        machines=machines,
        tokens=frozenset({TOKEN}),
        state_file=state_file,
        action_seconds=0.02,
    )
    with served(app) as address:
        endpoint = address.removesuffix("/v1")  # and without the API's own /v2
        yield Engine(
            await configured(endpoint), client_of(endpoint), machines, package="digitalocean"
        )
