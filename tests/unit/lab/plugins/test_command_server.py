"""The `command` stand-in over gRPC, as the engine talks to it, and the values in between."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf import empty_pb2, struct_pb2

from lab.plugins.command.difference import difference
from lab.plugins.command.values import same
from lab.plugins.command.wording import quoted
from lab.plugins.property_values import (
    ASSET,
    SIGNATURE,
    UNKNOWN,
    UNKNOWN_MARK,
    PropertyValue,
    marshal,
    unmarshal,
    wrap,
)
from lab.plugins.protocol import engine_pb2_grpc, provider_pb2, provider_pb2_grpc

URN = "urn:pulumi:dev::program::command:local:Command::step"


class EngineLog(engine_pb2_grpc.EngineServicer):
    def __init__(self) -> None:
        self.seen: list[tuple[str, str, bool]] = []

    async def Log(self, request: Any, context: Any) -> Any:  # noqa: N802  # the RPC's name
        del context
        self.seen.append((request.message, request.urn, request.ephemeral))
        return empty_pb2.Empty()


@pytest.fixture
async def plugin() -> AsyncIterator[tuple[Any, EngineLog]]:
    log = EngineLog()
    engine = grpc.aio.server()
    engine_pb2_grpc.add_EngineServicer_to_server(log, engine)
    port = engine.add_insecure_port("127.0.0.1:0")
    await engine.start()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "lab.plugins.command", "1.2.1", f"127.0.0.1:{port}",
        stdout=asyncio.subprocess.PIPE, env={**os.environ, "http_proxy": "http://127.0.0.1:9"},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        address = (await asyncio.wait_for(process.stdout.readline(), 20)).decode().strip()
        options = [("grpc.enable_http_proxy", 0)]
        async with grpc.aio.insecure_channel(f"127.0.0.1:{address}", options=options) as channel:
            yield provider_pb2_grpc.ResourceProviderStub(channel), log
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        await engine.stop(None)


def struct(**values: Any) -> struct_pb2.Struct:
    return marshal({name: wrap(value) for name, value in values.items()})


async def test_a_resource_is_made_over_grpc_and_its_lines_reach_the_engine(
    plugin: tuple[Any, EngineLog],
) -> None:
    stub, log = plugin
    info = await stub.GetPluginInfo(empty_pb2.Empty())
    assert info.version == "1.2.1"
    configured = await stub.Configure(provider_pb2.ConfigureRequest(acceptSecrets=True))
    assert configured.acceptSecrets
    assert configured.supportsPreview
    made = await stub.Create(
        provider_pb2.CreateRequest(urn=URN, properties=struct(create="echo a"))
    )
    assert unmarshal(made.properties)["stdout"].value == "a"
    assert log.seen == [("a", URN, True)]


async def test_an_error_is_the_message_alone(plugin: tuple[Any, EngineLog]) -> None:
    stub, _ = plugin
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await stub.Create(provider_pb2.CreateRequest(urn=URN, properties=struct(create="exit 3")))
    assert failure.value.details() == 'exit status 3: running "exit 3":\n'
    assert failure.value.code() == grpc.StatusCode.UNKNOWN


async def test_a_refresh_keeps_the_state_as_it_is(plugin: tuple[Any, EngineLog]) -> None:
    stub, _ = plugin
    state = marshal({"stdin": PropertyValue("hidden", is_secret=True), "stdout": wrap("a")})
    asked = provider_pb2.ReadRequest(id="x", urn=URN, properties=state, inputs=struct(create="a"))
    answer = await stub.Read(asked)
    assert (answer.id, answer.properties, answer.inputs) == ("x", state, struct(create="a"))


async def test_cancel_over_grpc_ends_what_runs(plugin: tuple[Any, EngineLog]) -> None:
    stub, log = plugin
    asked = provider_pb2.CreateRequest(urn=URN, properties=struct(create="echo on; sleep 60"))
    running = asyncio.ensure_future(stub.Create(asked))
    async with asyncio.timeout(10):
        while not log.seen:  # noqa: ASYNC110  # the engine's side has no event
            await asyncio.sleep(0.01)
        await stub.Cancel(empty_pb2.Empty())
        with pytest.raises(grpc.aio.AioRpcError, match="context canceled"):
            await running


async def test_an_interrupt_ends_the_plugin_at_once_and_without_a_word() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "lab.plugins.command", "1.2.1", "127.0.0.1:1",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    await process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, errors = await asyncio.wait_for(process.communicate(), 1)
    assert errors == b""


def test_values_survive_the_way_through_the_plugin() -> None:
    asset = {SIGNATURE: ASSET, "path": "/x", "hash": "abc"}
    values = {
        "secret": PropertyValue({"a": PropertyValue("b", is_secret=True)}, is_secret=True),
        "list": wrap([1, True, "text", {"deep": [None]}]),
        "asset": wrap(asset),
    }
    assert unmarshal(marshal(values)) == values
    unknown = {"a": PropertyValue(UNKNOWN, is_secret=True)}
    assert marshal(unmarshal(marshal(unknown))) == marshal(unknown)


def test_unknown_values_of_every_kind_are_recognised() -> None:
    text = struct_pb2.Struct(fields={"a": struct_pb2.Value(string_value=UNKNOWN_MARK)})
    assert unmarshal(text)["a"].value is UNKNOWN


def test_a_difference_names_paths_as_the_engine_does() -> None:
    old = {"m": wrap({"a": 1, "b c": 2, "gone": 3}), "l": wrap(["x", "y"]), "same": wrap("s")}
    new = {"m": wrap({"a": 1, "b c": 5, "in": 3}), "l": wrap(["x"]), "same": wrap("s")}
    found = difference(old, new, inputs=["m", "l", "same", "never"], replacing=())
    assert found == {
        'm["b c"]': "UPDATE", "m.gone": "DELETE", "m.in": "ADD", "l[1]": "DELETE",
    }  # fmt: skip


def test_a_value_that_becomes_secret_has_changed_as_a_whole() -> None:
    old, new = wrap({"a": 1}), wrap({"a": 1}).with_secret()
    assert not same(old, new)
    found = difference({"m": old}, {"m": new}, inputs=["m"], replacing=None)
    assert found == {"m": "UPDATE_REPLACE"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [("plain é 😀", '"plain é 😀"'), ('a"b\\c', r'"a\"b\\c"'), ("\n\t\x00\x7f", r'"\n\t\x00\x7f"'),
     ("\u200b\xa0", r'"\u200b\u00a0"')],
)  # fmt: skip
def test_a_command_is_quoted_as_go_quotes_it(text: str, shown: str) -> None:
    assert quoted(text) == shown
