"""The engine's part in the life of a resource of the hcloud plugin, over the lab's own API."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hcloud import Client
from pulumi.provider.experimental import provider as sdk

from lab.clouds.hetzner import create_app
from lab.plugins.hcloud.__main__ import provider
from lab.plugins.values import Values, from_values, to_values
from tests.unit.lab.clouds.hetzner.machines import FakeMachines
from tests.unit.lab.clouds.hetzner.serving import served

TOKEN = "t" * 64
NOTHING: frozenset[str] = frozenset()
SEED = bytes.fromhex("abcdef0123")


def urn(kind: str, name: str, package: str = "hcloud") -> str:
    """The URN of a resource of a kind such as `server`."""
    return f"urn:pulumi:dev::program::{package}:index/{kind}:{kind[0].upper()}{kind[1:]}::{name}"


class RefusedError(Exception):
    """A check failed; by property the reasons."""


@dataclass
class Engine:
    """What a program's updates do with one stack; `log` has the steps taken."""

    plugin: sdk.Provider
    api: Any
    machines: FakeMachines
    states: dict[tuple[str, str], tuple[str, Values, Values]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    package: str = "hcloud"

    async def check(self, kind: str, name: str, inputs: Values) -> Values:
        """The checked inputs; RefusedError with the failures."""
        olds = self.states.get((kind, name), ("", {}, {}))[1]
        old, new = from_values(olds, secrets=NOTHING), from_values(inputs, secrets=NOTHING)
        answer = await self.plugin.check(
            sdk.CheckRequest(urn(kind, name, self.package), old, new, SEED)
        )
        if answer.failures:
            raise RefusedError({each.property: each.reason for each in answer.failures})
        return to_values(answer.inputs or {})

    async def preview(self, kind: str, name: str, inputs: Values) -> Values:
        """What a preview of its creation shows."""
        checked = from_values(await self.check(kind, name, inputs), secrets=NOTHING)
        request = sdk.CreateRequest(urn(kind, name, self.package), checked, 0, preview=True)
        return to_values((await self.plugin.create(request)).properties)

    async def up(self, kind: str, name: str, inputs: Values) -> Values:
        """Create, update or replace as the plugin's diff says; the resource's outputs."""
        checked = await self.check(kind, name, inputs)
        if (kind, name) not in self.states:
            return await self._create(kind, name, checked)
        resource_id, _, state = self.states[kind, name]
        old, new = from_values(state, secrets=NOTHING), from_values(checked, secrets=NOTHING)
        where = urn(kind, name, self.package)
        diff = await self.plugin.diff(sdk.DiffRequest(where, resource_id, old, new, []))
        if diff.replaces:
            self.log.append(f"replace {name}: {', '.join(diff.replaces)}")
            await self.destroy(kind, name)
            return await self._create(kind, name, await self.check(kind, name, inputs))
        self.log.append(f"update {name}: {', '.join(diff.diffs)}" if diff.changes else "same")
        if diff.changes:
            request = sdk.UpdateRequest(where, resource_id, old, new, 0, [], preview=False)
            state = to_values((await self.plugin.update(request)).properties)
        self.states[kind, name] = resource_id, checked, state
        return {"id": resource_id, **state}

    async def _create(self, kind: str, name: str, checked: Values) -> Values:
        inputs = from_values(checked, secrets=NOTHING)
        made = await self.plugin.create(
            sdk.CreateRequest(urn(kind, name, self.package), inputs, 0, preview=False)
        )
        state = to_values(made.properties)
        assert made.resource_id is not None
        self.states[kind, name] = made.resource_id, checked, state
        self.log.append(f"create {name}")
        return {"id": made.resource_id, **state}

    async def refresh(self, kind: str, name: str) -> Values | None:
        """What is there now; None and out of the stack when it is gone."""
        resource_id, inputs, state = self.states[kind, name]
        seen = await self.plugin.read(
            sdk.ReadRequest(
                urn(kind, name, self.package),
                resource_id,
                from_values(state, secrets=NOTHING),
                from_values(inputs, secrets=NOTHING),
            )
        )
        if not seen.resource_id:
            del self.states[kind, name]
            return None
        now = to_values(seen.properties)
        self.states[kind, name] = resource_id, to_values(seen.inputs), now
        return now

    async def destroy(self, kind: str, name: str) -> None:
        """Delete one resource."""
        resource_id, _, state = self.states.pop((kind, name))
        old = from_values(state, secrets=NOTHING)
        await self.plugin.delete(
            sdk.DeleteRequest(urn(kind, name, self.package), resource_id, old, 0)
        )
        self.log.append(f"delete {name}")

    async def invoke(self, name: str, args: Values) -> Values:
        """Ask a data source."""
        token = f"{self.package}:index/{name}:{name}"
        request = sdk.InvokeRequest(token, from_values(args, secrets=NOTHING))
        return to_values((await self.plugin.invoke(request)).return_value or {})


async def configured(endpoint: str, token: str = TOKEN) -> sdk.Provider:
    """The plugin, configured by a provider's inputs."""
    plugin = provider()
    config = {"endpoint": endpoint, "token": token, "pollInterval": "20ms"}
    args = from_values(config, secrets=NOTHING)
    await plugin.configure(
        sdk.ConfigureRequest({}, args, accept_secrets=True, accept_resources=True)
    )
    return plugin


@contextmanager
def api(state_file: Path, machines: FakeMachines) -> Iterator[tuple[str, Any]]:
    """The lab's API on loopback: its endpoint, and the vendor's client as the console."""
    app = create_app(
        machines=machines,
        tokens=frozenset({TOKEN}),
        state_file=state_file,
        action_seconds=0.02,
    )
    with served(app) as endpoint:
        yield endpoint, Client(token=TOKEN, api_endpoint=endpoint, poll_interval=0.02)
