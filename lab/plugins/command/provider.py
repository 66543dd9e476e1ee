"""The plugin's operations: what runs when a resource is made, changed or removed."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any, TypeVar

from pulumi.provider.experimental import provider as sdk
from pulumi.provider.experimental.property_value import PropertyValue

from lab.plugins.command.difference import difference
from lab.plugins.command.local import run_local
from lab.plugins.command.logs import Log, ResourceLog
from lab.plugins.command.planning import ignoring, planned_outputs
from lab.plugins.command.remote import Connections, copy_file, run_command
from lab.plugins.command.tables import TABLES, Table, source_failures
from lab.plugins.command.values import Properties, plain_map, same, wrap
from lab.plugins.serving import PluginError

if TYPE_CHECKING:
    from collections.abc import Awaitable

_T = TypeVar("_T")

_OUTPUTS = {
    "command:remote:Command": ("stdout", "stderr"),
    "command:local:Command": ("stdout", "stderr", "assets", "archive"),
}
_PREVIOUS = {"stdout": "PULUMI_COMMAND_STDOUT", "stderr": "PULUMI_COMMAND_STDERR"}


class CommandProvider(sdk.Provider):
    """Runs commands. Operations run at the same time; `cancel` ends all that are under way."""

    def __init__(self, log: Log) -> None:
        """Lines of output and warnings go to `log`."""
        self._log = log
        self._running: set[asyncio.Task[Any]] = set()
        self._cancelled = False
        self._connections = Connections()

    async def get_schema(self, request: sdk.GetSchemaRequest) -> sdk.GetSchemaResponse:
        """No schema: programs bring the published SDK."""
        del request
        return sdk.GetSchemaResponse(schema="{}")

    async def configure(self, request: sdk.ConfigureRequest) -> sdk.ConfigureResponse:
        """Nothing to configure; secrets and previews are understood."""
        del request
        return sdk.ConfigureResponse(accept_secrets=True, supports_preview=True)

    async def check(self, request: sdk.CheckRequest) -> sdk.CheckResponse:
        """Fill in defaults; refuse what cannot work."""
        checked, failures = _table(request.urn).check(request.new_inputs)
        if not failures and "source" in checked:
            failures = source_failures(checked["source"])
        return sdk.CheckResponse(inputs=checked, failures=failures)

    async def diff(self, request: sdk.DiffRequest) -> sdk.DiffResponse:
        """Compare the inputs with those that the state remembers."""
        table = _table(request.urn)
        news = ignoring(request.new_inputs, request.old_state, request.ignore_changes)
        changes = difference(
            request.old_state, news, inputs=list(table.inputs), replacing=table.replacing
        )
        return sdk.DiffResponse(
            changes=bool(changes),
            diffs=list(changes),
            replaces=[path for path, change in changes.items() if "REPLACE" in change.kind.name],
            detailed_diff=changes,
        )

    async def create(self, request: sdk.CreateRequest) -> sdk.CreateResponse:
        """Run `create`, or copy."""
        kind, name = _type(request.urn), request.urn.split("::", 3)[-1]
        if request.preview:
            unknown = {output: PropertyValue.computed() for output in _OUTPUTS.get(kind, ())[:2]}
            return sdk.CreateResponse(properties={**request.properties, **unknown})
        given = plain_map(request.properties)
        if kind in _OUTPUTS:
            outputs = await self._run(
                request.urn, given, given.get("create"), state={}, seconds=request.timeout
            )
        else:
            await self._copy(request.urn, given, request.timeout)
            outputs, name = {}, ""
        return sdk.CreateResponse(
            resource_id=name + secrets.token_hex(4), properties={**request.properties, **outputs}
        )

    async def update(self, request: sdk.UpdateRequest) -> sdk.UpdateResponse:
        """Run `update`, else `create` again, whatever changed; copy if content or path changed."""
        kind = _type(request.urn)
        news = ignoring(request.news, request.olds, request.ignore_changes)
        kept = {name: request.olds[name] for name in _OUTPUTS.get(kind, ()) if name in request.olds}
        if request.preview:
            planned = planned_outputs(kept, request.olds, news, list(_table(request.urn).inputs))
            return sdk.UpdateResponse(properties={**planned, **news})
        given = plain_map(news)
        if kind in _OUTPUTS:
            command = given.get("update", given.get("create"))
            outputs = await self._run(
                request.urn, given, command, state=plain_map(kept), seconds=request.timeout
            )
            return sdk.UpdateResponse(properties={**kept, **news, **outputs})
        if not all(same(request.olds[name], news[name]) for name in ("source", "remotePath")):
            await self._copy(request.urn, given, request.timeout)
        return sdk.UpdateResponse(properties=news)

    async def delete(self, request: sdk.DeleteRequest) -> None:
        """Run `delete` with the state's own connection; without it nothing is even dialled."""
        state = plain_map(request.properties)
        if _type(request.urn) in _OUTPUTS and state.get("delete") is not None:
            await self._run(
                request.urn, state, state["delete"], state=state, seconds=request.timeout
            )

    async def invoke(self, request: sdk.InvokeRequest) -> sdk.InvokeResponse:
        """`command:local:run`: run a local command on every preview and update."""
        if request.tok != "command:local:run":
            raise PluginError(f"the lab's stand-in has no function {request.tok}")
        _, failures = TABLES[request.tok].check(request.args)
        if failures:
            return sdk.InvokeResponse(failures=failures)
        given = plain_map(request.args)
        log = ResourceLog(self._log, "")
        command = given["command"]
        outputs = await self._under_way(run_local(command, given, previous={}, log=log))
        return sdk.InvokeResponse({**request.args, **_wrapped(outputs)})

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
        if _type(urn) == "command:local:Command":
            running = run_local(command, given, **more)
        else:
            running = run_command(self._connections, command, given, **more)
        return _wrapped(await self._under_way(running))

    async def _copy(self, urn: str, given: dict[str, Any], seconds: float) -> None:
        log = ResourceLog(self._log, urn)
        await self._under_way(copy_file(given, log, seconds=seconds or None))

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


def _type(urn: str) -> str:
    """The resource's own type, without its parents'."""
    return urn.split("::", 3)[2].rpartition("$")[2]


def _table(urn: str) -> Table:
    found = TABLES.get(_type(urn))
    if found is None:
        raise PluginError(f"the lab's stand-in has no resource type {_type(urn)}")
    return found


def _wrapped(outputs: dict[str, Any]) -> Properties:
    return {name: wrap(value) for name, value in outputs.items()}
