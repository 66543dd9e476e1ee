"""The engine's part in the life of a resource of the hcloud plugin, over the lab's own API."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hcloud import Client

from lab.clouds.hetzner import create_app
from lab.plugins.hcloud.__main__ import provider
from lab.plugins.protocol import provider_pb2
from lab.plugins.serving import Provider
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

    plugin: Provider
    api: Any
    machines: FakeMachines
    states: dict[tuple[str, str], tuple[str, Values, Values]] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    package: str = "hcloud"

    async def check(self, kind: str, name: str, inputs: Values) -> Values:
        """The checked inputs; RefusedError with the failures."""
        olds = self.states.get((kind, name), ("", {}, {}))[1]
        asked = provider_pb2.CheckRequest(
            urn=urn(kind, name, self.package),
            olds=from_values(olds, secrets=NOTHING),
            news=from_values(inputs, secrets=NOTHING),
            randomSeed=SEED,
        )
        answer = await self.plugin.check(asked)
        if answer.failures:
            raise RefusedError({each.property: each.reason for each in answer.failures})
        return to_values(answer.inputs)

    async def preview(self, kind: str, name: str, inputs: Values) -> Values:
        """What a preview of its creation shows."""
        checked = from_values(await self.check(kind, name, inputs), secrets=NOTHING)
        request = provider_pb2.CreateRequest(
            urn=urn(kind, name, self.package), properties=checked, preview=True
        )
        return to_values((await self.plugin.create(request)).properties)

    async def up(self, kind: str, name: str, inputs: Values) -> Values:
        """Create, update or replace as the plugin's diff says; the resource's outputs."""
        checked = await self.check(kind, name, inputs)
        if (kind, name) not in self.states:
            return await self._create(kind, name, checked)
        resource_id, _, state = self.states[kind, name]
        old, new = from_values(state, secrets=NOTHING), from_values(checked, secrets=NOTHING)
        where = urn(kind, name, self.package)
        diff = await self.plugin.diff(
            provider_pb2.DiffRequest(urn=where, id=resource_id, olds=old, news=new)
        )
        if diff.replaces:
            self.log.append(f"replace {name}: {', '.join(diff.replaces)}")
            await self.destroy(kind, name)
            return await self._create(kind, name, await self.check(kind, name, inputs))
        changes = diff.changes == provider_pb2.DiffResponse.DIFF_SOME
        self.log.append(f"update {name}: {', '.join(diff.diffs)}" if changes else "same")
        if changes:
            request = provider_pb2.UpdateRequest(urn=where, id=resource_id, olds=old, news=new)
            state = to_values((await self.plugin.update(request)).properties)
        self.states[kind, name] = resource_id, checked, state
        return {"id": resource_id, **state}

    async def _create(self, kind: str, name: str, checked: Values) -> Values:
        inputs = from_values(checked, secrets=NOTHING)
        made = await self.plugin.create(
            provider_pb2.CreateRequest(urn=urn(kind, name, self.package), properties=inputs)
        )
        state = to_values(made.properties)
        assert made.id
        self.states[kind, name] = made.id, checked, state
        self.log.append(f"create {name}")
        return {"id": made.id, **state}

    async def refresh(self, kind: str, name: str) -> Values | None:
        """What is there now; None and out of the stack when it is gone."""
        resource_id, inputs, state = self.states[kind, name]
        seen = await self.plugin.read(
            provider_pb2.ReadRequest(
                urn=urn(kind, name, self.package),
                id=resource_id,
                properties=from_values(state, secrets=NOTHING),
                inputs=from_values(inputs, secrets=NOTHING),
            )
        )
        if not seen.id:
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
            provider_pb2.DeleteRequest(
                urn=urn(kind, name, self.package), id=resource_id, properties=old
            )
        )
        self.log.append(f"delete {name}")

    async def invoke(self, name: str, args: Values) -> Values:
        """Ask a data source."""
        token = f"{self.package}:index/{name}:{name}"
        request = provider_pb2.InvokeRequest(tok=token, args=from_values(args, secrets=NOTHING))
        return to_values(getattr(await self.plugin.invoke(request), "return"))


async def configured(endpoint: str, token: str = TOKEN) -> Provider:
    """The plugin, configured by a provider's inputs."""
    plugin = provider()
    config = {"endpoint": endpoint, "token": token, "pollInterval": "20ms"}
    args = from_values(config, secrets=NOTHING)
    await plugin.configure(provider_pb2.ConfigureRequest(args=args))
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
