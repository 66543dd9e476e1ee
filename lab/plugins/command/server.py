"""Serve the provider to the engine: its values kept whole, its errors in their own words."""

from __future__ import annotations

import asyncio
import functools
import signal
import sys
from typing import TYPE_CHECKING, Any, Final

import grpc
import grpc.aio
from google.protobuf import empty_pb2
from pulumi.provider.experimental import provider as sdk
from pulumi.provider.experimental.server import ProviderServicer
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from lab.plugins.command.logs import Severity
from lab.plugins.command.provider import CommandProvider
from lab.plugins.command.values import marshal, unmarshal
from lab.plugins.serving import MESSAGE_BYTES, PluginError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_LIMITS: Final = [
    ("grpc.max_send_message_length", MESSAGE_BYTES),
    ("grpc.max_receive_message_length", MESSAGE_BYTES),
    ("grpc.enable_http_proxy", 0),  # the engine is on this machine, whatever the environment says
]


_SEVERITIES: Final = {
    Severity.DEBUG: engine_pb2.DEBUG,
    Severity.INFO: engine_pb2.INFO,
    Severity.WARNING: engine_pb2.WARNING,
    Severity.ERROR: engine_pb2.ERROR,
}


class EngineLog:
    """The log of the engine at an address ("127.0.0.1:4711"); "" drops everything."""

    def __init__(self, address: str) -> None:
        """Nothing is dialled before the first message."""
        self._address = address
        self._engine: Any = None

    async def __call__(
        self, severity: Severity, message: str, *, urn: str, status: bool = False
    ) -> None:
        """Show one message; an engine that is gone needs none."""
        if not self._address:
            return
        if self._engine is None:
            channel = grpc.aio.insecure_channel(self._address, options=_LIMITS)
            self._engine = engine_pb2_grpc.EngineStub(channel)  # type: ignore[no-untyped-call,unused-ignore]  # generated
        try:
            await self._engine.Log(
                engine_pb2.LogRequest(
                    severity=_SEVERITIES[severity], message=message, urn=urn, ephemeral=status
                )
            )
        except grpc.aio.AioRpcError:
            return


def _plain_errors(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(method)
    async def call(self: Servicer, request: Any, context: Any) -> Any:
        try:
            return await method(self, request, context)
        except PluginError as error:
            await context.abort(grpc.StatusCode.UNKNOWN, str(error))

    return call


class Servicer(ProviderServicer):
    """The SDK's servicer, with this plugin's own conversion of values."""

    _provider: CommandProvider

    @_plain_errors
    async def Check(self, request: Any, context: Any) -> Any:  # noqa: N802, D102  # gRPC's names
        del context
        olds, news = unmarshal(request.olds), unmarshal(request.news)
        asked = sdk.CheckRequest(request.urn, olds, news, request.randomSeed)
        answer = await self._provider.check(asked)
        return provider_pb2.CheckResponse(
            inputs=marshal(answer.inputs or {}), failures=_failures(answer.failures)
        )

    @_plain_errors
    async def Diff(self, request: Any, context: Any) -> Any:  # noqa: N802, D102 # as above
        del context
        olds, news = unmarshal(request.olds), unmarshal(request.news)
        ignored = list(request.ignoreChanges)
        asked = sdk.DiffRequest(request.urn, request.id, olds, news, ignored)
        answer = await self._provider.diff(asked)
        kinds = provider_pb2.PropertyDiff.Kind
        some, none = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(
            changes=some if answer.changes else none,
            diffs=answer.diffs,
            replaces=answer.replaces,
            detailedDiff={
                path: provider_pb2.PropertyDiff(
                    kind=kinds.Value(change.kind.name), inputDiff=change.input_diff
                )
                for path, change in answer.detailed_diff.items()
            },
            hasDetailedDiff=True,
        )

    @_plain_errors
    async def Create(self, request: Any, context: Any) -> Any:  # noqa: N802, D102 # as above
        del context
        properties = unmarshal(request.properties)
        asked = sdk.CreateRequest(request.urn, properties, request.timeout, request.preview)
        answer = await self._provider.create(asked)
        return provider_pb2.CreateResponse(
            id=answer.resource_id or "", properties=marshal(answer.properties)
        )

    @_plain_errors
    async def Update(self, request: Any, context: Any) -> Any:  # noqa: N802, D102 # as above
        del context
        asked = sdk.UpdateRequest(
            request.urn,
            request.id,
            unmarshal(request.olds),
            unmarshal(request.news),
            timeout=request.timeout,
            ignore_changes=list(request.ignoreChanges),
            preview=request.preview,
        )
        answer = await self._provider.update(asked)
        return provider_pb2.UpdateResponse(properties=marshal(answer.properties))

    @_plain_errors
    async def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802, D102 # as above
        del context
        state = unmarshal(request.properties)
        asked = sdk.DeleteRequest(request.urn, request.id, state, timeout=request.timeout)
        await self._provider.delete(asked)
        return empty_pb2.Empty()

    @_plain_errors
    async def Read(self, request: Any, context: Any) -> Any:  # noqa: N802, D102 # as above
        del context
        # Nothing is looked at: drift on a host is invisible, and a refresh keeps the state.
        return provider_pb2.ReadResponse(
            id=request.id, properties=request.properties, inputs=request.inputs
        )

    @_plain_errors
    async def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802, D102 # as above
        del context
        answer = await self._provider.invoke(
            sdk.InvokeRequest(request.tok, unmarshal(request.args))
        )
        response = provider_pb2.InvokeResponse(failures=_failures(answer.failures))
        getattr(response, "return").CopyFrom(marshal(answer.return_value or {}))
        return response


def _failures(failures: list[sdk.CheckFailure] | None) -> list[provider_pb2.CheckFailure]:
    return [
        provider_pb2.CheckFailure(property=each.property, reason=each.reason)
        for each in failures or []
    ]


def serve(engine: str, *, version: str) -> None:
    """Serve on a loopback port and print it, as the engine expects; until the process is ended."""

    async def run() -> None:
        server = grpc.aio.server(options=_LIMITS)
        servicer = Servicer(sys.argv[1:], version, CommandProvider(EngineLog(engine)), engine)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)  # type: ignore[no-untyped-call,unused-ignore]  # generated
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        print(port, flush=True)
        await server.wait_for_termination()

    # The engine closes a plugin with an interrupt, and waits 5 s for one that tidies up at length;
    # there is nothing to tidy up.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    asyncio.run(run())
