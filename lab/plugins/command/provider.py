"""The plugin's operations: what runs when a resource is made, changed or removed."""

from __future__ import annotations

import asyncio
import functools
import secrets
from typing import TYPE_CHECKING, Any, TypeVar

from lab.plugins.command.difference import difference
from lab.plugins.command.local import run_local
from lab.plugins.command.logs import Log, ResourceLog
from lab.plugins.command.planning import ignoring, planned_outputs
from lab.plugins.command.tables import TABLES, Table, source_failures
from lab.plugins.command.values import same
from lab.plugins.later import Later
from lab.plugins.messages import checked, compared, invoked, name_of, type_of
from lab.plugins.property_values import (
    UNKNOWN,
    Properties,
    PropertyValue,
    marshal,
    plain,
    unmarshal,
    wrap,
)
from lab.plugins.protocol import provider_pb2
from lab.plugins.serving import PluginError, Provider

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from lab.plugins.command import remote
else:
    remote = Later("lab.plugins.command.remote")

_T = TypeVar("_T")

_OUTPUTS = {
    "command:remote:Command": ("stdout", "stderr"),
    "command:local:Command": ("stdout", "stderr", "assets", "archive"),
}
_PREVIOUS = {"stdout": "PULUMI_COMMAND_STDOUT", "stderr": "PULUMI_COMMAND_STDERR"}


class CommandProvider(Provider):
    """Runs commands. Operations run at the same time; `cancel` ends all that are under way."""

    def __init__(self, log: Log) -> None:
        """Lines of output and warnings go to `log`."""
        self._log = log
        self._running: set[asyncio.Task[Any]] = set()
        self._cancelled = False

    @functools.cached_property
    def _connections(self) -> remote.Connections:
        return remote.Connections()

    async def check(self, request: provider_pb2.CheckRequest) -> provider_pb2.CheckResponse:
        """Fill in defaults; refuse what cannot work."""
        inputs, failures = _table(request.urn).check(unmarshal(request.news))
        if not failures and "source" in inputs:
            failures = source_failures(inputs["source"])
        return checked(marshal(inputs), failures)

    async def diff(self, request: provider_pb2.DiffRequest) -> provider_pb2.DiffResponse:
        """Compare the inputs with those that the state remembers."""
        table, state = _table(request.urn), unmarshal(request.olds)
        news = ignoring(unmarshal(request.news), state, request.ignoreChanges)
        return compared(
            difference(state, news, inputs=list(table.inputs), replacing=table.replacing)
        )

    async def create(self, request: provider_pb2.CreateRequest) -> provider_pb2.CreateResponse:
        """Run `create`, or copy."""
        kind, name = type_of(request.urn), name_of(request.urn)
        news = unmarshal(request.properties)
        if request.preview:
            unknown = {output: PropertyValue(UNKNOWN) for output in _OUTPUTS.get(kind, ())[:2]}
            return provider_pb2.CreateResponse(properties=marshal({**news, **unknown}))
        given = _plain_map(news)
        if kind in _OUTPUTS:
            outputs = await self._run(
                request.urn, given, given.get("create"), state={}, seconds=request.timeout
            )
        else:
            await self._copy(request.urn, given, request.timeout)
            outputs, name = {}, ""
        return provider_pb2.CreateResponse(
            id=name + secrets.token_hex(4), properties=marshal({**news, **outputs})
        )

    async def read(self, request: provider_pb2.ReadRequest) -> provider_pb2.ReadResponse:
        """Nothing is looked at: drift on a host is invisible, and a refresh keeps the state."""
        return provider_pb2.ReadResponse(
            id=request.id, properties=request.properties, inputs=request.inputs
        )

    async def update(self, request: provider_pb2.UpdateRequest) -> provider_pb2.UpdateResponse:
        """Run `update`, else `create` again, whatever changed; copy if content or path changed."""
        properties = await self._updated(request, unmarshal(request.olds))
        return provider_pb2.UpdateResponse(properties=marshal(properties))

    async def _updated(self, request: provider_pb2.UpdateRequest, olds: Properties) -> Properties:
        kind = type_of(request.urn)
        news = ignoring(unmarshal(request.news), olds, request.ignoreChanges)
        kept = {name: olds[name] for name in _OUTPUTS.get(kind, ()) if name in olds}
        if request.preview:
            planned = planned_outputs(kept, olds, news, list(_table(request.urn).inputs))
            return {**planned, **news}
        given = _plain_map(news)
        if kind in _OUTPUTS:
            command = given.get("update", given.get("create"))
            outputs = await self._run(
                request.urn, given, command, state=_plain_map(kept), seconds=request.timeout
            )
            return {**kept, **news, **outputs}
        if not all(same(olds[name], news[name]) for name in ("source", "remotePath")):
            await self._copy(request.urn, given, request.timeout)
        return news

    async def delete(self, request: provider_pb2.DeleteRequest) -> None:
        """Run `delete` with the state's own connection; without it nothing is even dialled."""
        state = _plain_map(unmarshal(request.properties))
        if type_of(request.urn) in _OUTPUTS and state.get("delete") is not None:
            await self._run(
                request.urn, state, state["delete"], state=state, seconds=request.timeout
            )

    async def invoke(self, request: provider_pb2.InvokeRequest) -> provider_pb2.InvokeResponse:
        """`command:local:run`: run a local command on every preview and update."""
        if request.tok != "command:local:run":
            raise PluginError(f"the lab's stand-in has no function {request.tok}")
        args = unmarshal(request.args)
        _, failures = TABLES[request.tok].check(args)
        if failures:
            return invoked(marshal({}), failures)
        given = _plain_map(args)
        log = ResourceLog(self._log, "")
        command = given["command"]
        outputs = await self._under_way(run_local(command, given, previous={}, log=log))
        return invoked(marshal({**args, **_wrapped(outputs)}))

    async def cancel(self) -> None:
        """End everything that runs; each operation fails with "context canceled"."""
        self._cancelled = True
        for task in self._running:
            task.cancel()

    async def _run(
        self,
        urn: str,
        given: dict[str, Any],
        command: str | None,
        *,
        state: dict[str, Any],
        seconds: float,
    ) -> Properties:
        """The outputs of one command; `state` has the last run's. seconds: 0 for no limit."""
        if command is None:
            return _wrapped({name: state.get(name, "") for name in _PREVIOUS})
        wanted = given.get("addPreviousOutputInEnv", True)
        previous = {
            _PREVIOUS[name]: state[name] for name in _PREVIOUS if wanted and state.get(name)
        }
        more: Any = {
            "previous": previous, "log": ResourceLog(self._log, urn), "seconds": seconds or None,
        }  # fmt: skip
        if type_of(urn) == "command:local:Command":
            running = run_local(command, given, **more)
        else:
            running = remote.run_command(self._connections, command, given, **more)
        return _wrapped(await self._under_way(running))

    async def _copy(self, urn: str, given: dict[str, Any], seconds: float) -> None:
        log = ResourceLog(self._log, urn)
        await self._under_way(remote.copy_file(given, log, seconds=seconds or None))

    async def _under_way(self, operation: Awaitable[_T]) -> _T:
        task = asyncio.ensure_future(operation)
        self._running.add(task)
        if self._cancelled:
            task.cancel()
        try:
            return await task
        except asyncio.CancelledError:
            if not self._cancelled:  # the engine dropped the call itself
                task.cancel()
                raise
            raise PluginError("context canceled") from None
        finally:
            self._running.discard(task)


def _table(urn: str) -> Table:
    found = TABLES.get(type_of(urn))
    if found is None:
        raise PluginError(f"the lab's stand-in has no resource type {type_of(urn)}")
    return found


def _plain_map(properties: Mapping[str, PropertyValue]) -> dict[str, Any]:
    return {name: plain(value) for name, value in properties.items()}


def _wrapped(outputs: dict[str, Any]) -> Properties:
    return {name: wrap(value) for name, value in outputs.items()}
