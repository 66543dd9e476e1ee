"""What a stand-in answers over gRPC, as the engine asks."""

from collections.abc import AsyncIterator
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf import empty_pb2

from lab.plugins.framework import InitFailedError, Property, Resource, Schema, String, TableProvider
from lab.plugins.protocol import provider_pb2, provider_pb2_grpc, status_pb2
from lab.plugins.serving import Servicer
from lab.plugins.values import Values, from_values, secret_names, to_values

TOKEN = "box:index/box:Box"
URN = f"urn:pulumi:dev::program::{TOKEN}::crate"
SIZED = from_values({"size": "big"}, secrets=frozenset({"size"}))


class Box(Resource):
    """A resource that comes to nothing unless it is small."""

    schema = Schema(inputs={"size": Property(String(), replaces=True)}, outputs=("address",))

    def create(self, inputs: Values) -> tuple[str, Values]:
        if inputs["size"] == "huge":
            raise ValueError("a bug")
        if inputs["size"] == "big":
            raise InitFailedError("half made", resource_id="7", state={"address": "here"})
        return "1", {"address": "here"}


@pytest.fixture
async def stub() -> AsyncIterator[provider_pb2_grpc.ResourceProviderStub]:
    config = Schema(inputs={"token": Property(String(), required=True)})
    provider = TableProvider(resources={TOKEN: Box()}, config=config)
    server = grpc.aio.server()
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(provider, "1.2.3"), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield provider_pb2_grpc.ResourceProviderStub(channel)
    await server.stop(None)


async def refused(call: Any) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as failure:
        await call
    return failure.value


async def test_the_handshake_before_configuration(stub: Any) -> None:
    assert (await stub.GetPluginInfo(empty_pb2.Empty())).version == "1.2.3"
    assert (await stub.GetSchema(provider_pb2.GetSchemaRequest())).schema == "{}"
    news = from_values({"token": "t", "version": "1"}, secrets=frozenset({"token"}))
    checked = await stub.CheckConfig(provider_pb2.CheckRequest(news=news))
    assert checked == provider_pb2.CheckResponse(inputs=news)
    compared = await stub.DiffConfig(provider_pb2.DiffRequest(olds=news, news=news))
    assert compared == provider_pb2.DiffResponse(hasDetailedDiff=True)
    configured = await stub.Configure(provider_pb2.ConfigureRequest(args=news))
    assert configured == provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)
    await stub.Cancel(empty_pb2.Empty())


async def test_wrong_configuration_is_refused_by_name(stub: Any) -> None:
    checked = await stub.CheckConfig(provider_pb2.CheckRequest())
    assert [each.property for each in checked.failures] == ["token"]


async def test_calls_that_no_stand_in_answers_are_unimplemented(stub: Any) -> None:
    for call in (
        stub.Handshake(provider_pb2.ProviderHandshakeRequest()),
        stub.Parameterize(provider_pb2.ParameterizeRequest()),
        stub.GetMapping(provider_pb2.GetMappingRequest()),
    ):
        assert (await refused(call)).code() == grpc.StatusCode.UNIMPLEMENTED


async def test_a_diff_tells_what_changes_and_what_that_replaces(stub: Any) -> None:
    sizes = [from_values({"size": size}, secrets=frozenset()) for size in ("big", "small")]
    asked = provider_pb2.DiffRequest(urn=URN, id="1", olds=sizes[0], news=sizes[1])
    kind = provider_pb2.PropertyDiff.UPDATE_REPLACE
    assert await stub.Diff(asked) == provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME,
        diffs=["size"],
        replaces=["size"],
        detailedDiff={"size": provider_pb2.PropertyDiff(kind=kind)},
        hasDetailedDiff=True,
    )
    asked.ignoreChanges.append("size")
    none = provider_pb2.DiffResponse.DIFF_NONE
    ignored = provider_pb2.DiffResponse(changes=none, hasDetailedDiff=True)
    assert await stub.Diff(asked) == ignored


async def test_a_half_made_resource_goes_with_the_error(stub: Any) -> None:
    error = await refused(stub.Create(provider_pb2.CreateRequest(urn=URN, properties=SIZED)))
    assert (error.code(), error.details()) == (grpc.StatusCode.UNKNOWN, "half made")
    status = status_pb2.Status.FromString(
        dict(error.trailing_metadata())["grpc-status-details-bin"]
    )
    detail = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(detail)
    assert (detail.id, list(detail.reasons), detail.inputs) == ("7", ["half made"], SIZED)
    assert to_values(detail.properties) == {"size": "big", "address": "here"}
    assert secret_names(detail.properties) == {"size"}


async def test_an_error_of_the_plugins_own_making_is_the_message_alone(stub: Any) -> None:
    error = await refused(stub.Delete(provider_pb2.DeleteRequest(urn=URN.replace("Box", "Lid"))))
    assert error.details() == "the lab's stand-in has no resource type box:index/box:Lid"


async def test_a_bug_is_an_error_too(stub: Any) -> None:
    huge = from_values({"size": "huge"}, secrets=frozenset())
    error = await refused(stub.Create(provider_pb2.CreateRequest(urn=URN, properties=huge)))
    assert "ValueError" in (error.details() or "")
