"""Serve a provider to the engine, with errors in the plugin's own words.

The SDK's server appends a Python traceback to every error; users of the published plugins see the
message alone, so this one hands on the message of a `PluginError` as it is.
"""

import argparse
import asyncio
import functools
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import Provider
from pulumi.provider.experimental.server import ProviderServicer
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

MESSAGE_BYTES = 400 * 1024 * 1024
"""What the engine itself allows for one message."""

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
        self.properties: dict[str, PropertyValue] = {}
        self.inputs: dict[str, PropertyValue] = {}


class _Servicer(ProviderServicer):
    """The SDK's servicer; errors leave it as gRPC statuses without a traceback."""


def _plain_errors(method: str) -> Callable[..., Awaitable[Any]]:
    inner = getattr(ProviderServicer, method)

    @functools.wraps(inner)
    async def call(
        self: _Servicer, request: Any, context: grpc.aio.ServicerContext[Any, Any]
    ) -> Any:
        try:
            return await inner(self, request, context)
        except Exception as wrapped:
            # The SDK raises its own text `from` inside the handler of ours.
            cause = wrapped if isinstance(wrapped, PluginError) else wrapped.__context__
            if not isinstance(cause, PluginError):
                raise
            metadata = _init_failed(cause) if isinstance(cause, InitFailedError) else ()
            await context.abort(grpc.StatusCode.UNKNOWN, str(cause), metadata)

    return call


for _method in ("CheckConfig", "Configure", "Check", "Diff", "Create", "Read", "Update", "Delete", "Invoke"):  # fmt: skip  # noqa: E501 - one list
    setattr(_Servicer, _method, _plain_errors(_method))


def _init_failed(error: InitFailedError) -> tuple[tuple[str, bytes], ...]:
    """The status detail that makes the engine record the half-made resource."""
    detail = provider_pb2.ErrorResourceInitFailed(
        id=error.resource_id,
        properties=PropertyValue.marshal_map(error.properties),
        reasons=[str(error)],
        inputs=PropertyValue.marshal_map(error.inputs),
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
    parser = argparse.ArgumentParser(description="Pulumi provider plugin (gRPC server)")
    parser.add_argument("engine", help="the engine's address", nargs="?", default="")
    engine = parser.parse_known_args()[0].engine

    async def run() -> None:
        limits = [(f"grpc.max_{way}_message_length", MESSAGE_BYTES) for way in ("send", "receive")]
        server = grpc.aio.server(options=limits)
        servicer = _Servicer(sys.argv[1:], version, provider, engine_address=engine)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        print(port, flush=True)
        await server.wait_for_termination()

    try:
        asyncio.run(run())
    except KeyboardInterrupt:
        return
