"""Serve a provider to the engine, with errors in the plugin's own words.

Users of the published plugins see an error's message alone, so a `PluginError` is handed on as it
is, without Python's traceback.
"""

import asyncio
import os
import signal
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

import grpc
import grpc.aio
from google.protobuf import empty_pb2, struct_pb2

from lab.plugins.protocol import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

_MESSAGE_BYTES: Final = 400 * 1024 * 1024
"""What the engine itself allows for one message."""

LIMITS: Final = [
    ("grpc.max_send_message_length", _MESSAGE_BYTES),
    ("grpc.max_receive_message_length", _MESSAGE_BYTES),
    ("grpc.enable_http_proxy", 0),  # the engine is on this machine, whatever the environment says
]
"""Options of every channel between engine and plugin."""

SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


class PluginError(Exception):
    """An operation failed; the message is for the user, as the published plugin words it."""


class InitFailedError(PluginError):
    """The resource exists but did not become what was asked: the engine keeps it in the state.

    state: its outputs as far as they are known, plain values.
    """

    def __init__(self, reason: str, *, resource_id: str, state: Mapping[str, Any]) -> None:
        super().__init__(reason)
        self.resource_id = resource_id
        self.state = dict(state)
        self.properties = struct_pb2.Struct()
        self.inputs = struct_pb2.Struct()


class Provider(ABC):
    """What a plugin answers the engine: the protocol's calls, each a message in and one out.

    What is not here the engine need not ask, and is told so: the protocol's "unimplemented".
    """

    async def get_schema(
        self, request: provider_pb2.GetSchemaRequest
    ) -> provider_pb2.GetSchemaResponse:
        """No schema: programs bring the published SDK."""
        del request
        return provider_pb2.GetSchemaResponse(schema="{}")

    async def check_config(self, request: provider_pb2.CheckRequest) -> provider_pb2.CheckResponse:
        """Take any configuration of the provider."""
        return provider_pb2.CheckResponse(inputs=request.news)

    async def diff_config(self, request: provider_pb2.DiffRequest) -> provider_pb2.DiffResponse:
        """No other configuration makes a new provider, and so new resources."""
        del request
        return provider_pb2.DiffResponse(hasDetailedDiff=True)

    async def configure(
        self, request: provider_pb2.ConfigureRequest
    ) -> provider_pb2.ConfigureResponse:
        """Secrets and previews are understood."""
        del request
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    @abstractmethod
    async def check(self, request: provider_pb2.CheckRequest) -> provider_pb2.CheckResponse:
        """The inputs as the resource will have them, and what is refused."""

    @abstractmethod
    async def diff(self, request: provider_pb2.DiffRequest) -> provider_pb2.DiffResponse:
        """Compare the inputs with the state."""

    @abstractmethod
    async def create(self, request: provider_pb2.CreateRequest) -> provider_pb2.CreateResponse:
        """Make a resource, or say what a preview can know of it."""

    @abstractmethod
    async def read(self, request: provider_pb2.ReadRequest) -> provider_pb2.ReadResponse:
        """A resource as it is now; an empty answer when it is gone."""

    @abstractmethod
    async def update(self, request: provider_pb2.UpdateRequest) -> provider_pb2.UpdateResponse:
        """Change a resource in place."""

    @abstractmethod
    async def delete(self, request: provider_pb2.DeleteRequest) -> None:
        """Remove a resource."""

    @abstractmethod
    async def invoke(self, request: provider_pb2.InvokeRequest) -> provider_pb2.InvokeResponse:
        """Answer a data source."""

    @abstractmethod
    async def cancel(self) -> None:
        """The user wants what runs to end soon."""


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """Hands the engine's calls to a provider; the errors leave it as gRPC statuses."""

    def __init__(self, provider: Provider, version: str) -> None:
        async def info(_: empty_pb2.Empty) -> plugin_pb2.PluginInfo:
            return plugin_pb2.PluginInfo(version=version)

        async def cancel(_: empty_pb2.Empty) -> empty_pb2.Empty:
            await provider.cancel()
            return empty_pb2.Empty()

        async def delete(request: provider_pb2.DeleteRequest) -> empty_pb2.Empty:
            await provider.delete(request)
            return empty_pb2.Empty()

        answers: Mapping[str, Callable[[Any], Awaitable[Any]]] = {
            "GetPluginInfo": info,
            "GetSchema": provider.get_schema,
            "CheckConfig": provider.check_config,
            "DiffConfig": provider.diff_config,
            "Configure": provider.configure,
            "Check": provider.check,
            "Diff": provider.diff,
            "Create": provider.create,
            "Read": provider.read,
            "Update": provider.update,
            "Delete": delete,
            "Invoke": provider.invoke,
            "Cancel": cancel,
        }
        for call, answer in answers.items():
            setattr(self, call, _plain_errors(answer))


def _plain_errors(answer: Callable[[Any], Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def call(request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
        try:
            return await answer(request)
        except PluginError as error:
            metadata = _init_failed(error) if isinstance(error, InitFailedError) else ()
            await context.abort(grpc.StatusCode.UNKNOWN, str(error), metadata)

    return call


def _init_failed(error: InitFailedError) -> tuple[tuple[str, bytes], ...]:
    """The status detail that makes the engine record the half-made resource."""
    detail = provider_pb2.ErrorResourceInitFailed(
        id=error.resource_id,
        properties=error.properties,
        reasons=[str(error)],
        inputs=error.inputs,
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=str(error))
    status.details.add().Pack(detail)
    return (("grpc-status-details-bin", status.SerializeToString()),)


def trust_the_system() -> None:
    """Have `requests` trust the system's certificates, as a plugin in Go does, not its own list."""
    if SYSTEM_CERTIFICATES.exists():
        os.environ["REQUESTS_CA_BUNDLE"] = str(SYSTEM_CERTIFICATES)


def serve(provider: Provider, *, version: str) -> None:
    """Serve on a loopback port and print it, as the engine expects; until the process is ended."""

    async def run() -> None:
        server = grpc.aio.server(options=LIMITS)
        servicer = Servicer(provider, version)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        print(port, flush=True)
        await server.wait_for_termination()

    # The engine closes a plugin with an interrupt, and waits 5 s for one that tidies up at length;
    # there is nothing to tidy up.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    asyncio.run(run())
