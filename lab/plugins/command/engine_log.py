"""The log of the engine that started the plugin."""

from __future__ import annotations

from typing import Any, Final

import grpc
import grpc.aio

from lab.plugins.command.logs import Severity
from lab.plugins.protocol import engine_pb2, engine_pb2_grpc
from lab.plugins.serving import LIMITS

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
            channel = grpc.aio.insecure_channel(self._address, options=LIMITS)
            self._engine = engine_pb2_grpc.EngineStub(channel)  # type: ignore[no-untyped-call,unused-ignore]  # generated
        try:
            await self._engine.Log(
                engine_pb2.LogRequest(
                    severity=_SEVERITIES[severity], message=message, urn=urn, ephemeral=status
                )
            )
        except grpc.aio.AioRpcError:
            return
