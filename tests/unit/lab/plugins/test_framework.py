"""The tables that drive every stand-in plugin, and the provider made of them."""

from typing import Any

import pytest

from lab.plugins.framework import (
    UNKNOWN,
    Boolean,
    Integer,
    ListOf,
    MapOf,
    Object,
    PluginError,
    Property,
    Resource,
    Schema,
    String,
    TableProvider,
    Values,
)
from lab.plugins.property_values import PropertyValue, marshal, wrap
from lab.plugins.protocol import provider_pb2
from lab.plugins.schema import DEFAULTS
from lab.plugins.values import from_values, secret_names, to_values

TOKEN = "box:index/box:Box"
URN = f"urn:pulumi:dev::program::parent:index:Parent${TOKEN}::crate"
NONE: frozenset[str] = frozenset()

BOX = Schema(
    inputs={
        "name": Property(String(), autoname=True),
        "size": Property(Integer(), required=True, replaces=True),
        "color": Property(String(), default="red"),
        "place": Property(String(), computed=True),
        "key": Property(String(), secret=True, stored=lambda text: f"sum of {text}"),
        "labels": Property(MapOf(String())),
        "lids": Property(
            ListOf(Object({"kind": Property(String(), required=True)}), ordered=False)
        ),
        "open": Property(Boolean()),
    },
    outputs=("address",),
    volatile=("address",),
)


class Box(Resource):
    """A resource of one process's memory."""

    schema = BOX

    def __init__(self) -> None:
        self.made: dict[str, Values] = {}

    def create(self, inputs: Values) -> tuple[str, Values]:
        if inputs["size"] < 0:
            raise PluginError("size is below zero (invalid_input)")
        self.made["1"] = inputs
        return "1", {"address": "here", "place": "attic"}

    def read(self, resource_id: str, state: Values) -> Values | None:
        del state
        return {"size": 4, "address": "here"} if resource_id in self.made else None

    def delete(self, resource_id: str, state: Values) -> None:
        del state
        self.made.pop(resource_id, None)


def provider() -> TableProvider:
    return TableProvider(resources={TOKEN: Box()}, functions={"box:index/get:get": lambda v: v})


def check_of(news: Values, **more: Any) -> tuple[Values, list[str]]:
    checked, failures = BOX.check(news, name="crate", **more)
    return checked, [each.path for each in failures]


def test_values_survive_the_way_to_the_engine_and_back() -> None:
    value = {"n": 3, "f": 0.5, "t": True, "s": "x", "l": [1, {"a": None}], "u": UNKNOWN}
    assert to_values(from_values(value, secrets=NONE)) == value


def test_check_names_a_resource_from_the_engines_seed() -> None:
    checked, _ = check_of({"size": 1}, seed=b"\xab\xcd\xef\x01")
    assert checked["name"] == "crate-abcdef0"
    assert checked[DEFAULTS] == ["name", "color"]


def test_a_name_once_filled_in_stays() -> None:
    olds = {"name": "crate-0000000", DEFAULTS: ["name"]}
    assert check_of({"size": 1}, olds=olds)[0]["name"] == "crate-0000000"


def test_unknown_missing_and_ill_typed_properties_are_refused_by_path() -> None:
    news = {"sise": 1, "open": "maybe", "lids": [{"kind": "a"}, {"knd": "b"}]}
    assert check_of(news)[1] == ["sise", "open", "lids[1].knd", "lids[1].kind", "size"]


def test_newer_types_drop_unknown_properties_and_take_no_words_for_booleans() -> None:
    schema = Schema(inputs={"open": Property(Boolean())}, strict=False)
    assert schema.check({"opne": True}) == ({}, [])
    assert [f.path for f in schema.check({"open": "true"})[1]] == ["open"]
    assert BOX.check({"size": "5", "open": "true"})[0]["size"] == 5


def test_unknown_values_pass_the_check() -> None:
    checked, failures = check_of({"size": UNKNOWN, "lids": [{"kind": UNKNOWN}]})
    assert not failures
    assert checked["size"] is UNKNOWN


@pytest.mark.parametrize(
    ("news", "names"),
    [
        ({"size": 1}, {}),
        ({"size": 2}, {"size": True}),
        ({"size": UNKNOWN}, {"size": True}),
        ({"size": 1, "labels": {}}, {}),
        ({"size": 1, "labels": {"a": "b"}}, {"labels": False}),
        ({"size": 1, "key": "k"}, {}),
        ({"size": 1, "key": "other"}, {"key": False}),
    ],
)
def test_diff_says_what_changed_and_what_replaces(news: Values, names: dict[str, bool]) -> None:
    state = {"size": 1, "place": "attic", "key": "sum of k", "name": "a", DEFAULTS: ["name"]}
    news = {"name": "a", "key": "k", **news, DEFAULTS: ["name"]}
    assert BOX.diff(state, news).names == names


def test_a_replacement_under_a_given_name_deletes_first() -> None:
    state = {"size": 1, "name": "a"}
    assert BOX.diff(state, {"size": 2, "name": "a", DEFAULTS: []}).delete_first
    assert not BOX.diff(state, {"size": 2, "name": "b", DEFAULTS: []}).delete_first
    assert not BOX.diff(state, {"size": 2, "name": "a", DEFAULTS: ["name"]}).delete_first


def test_a_set_has_no_order() -> None:
    state = {"size": 1, "lids": [{"kind": "a"}, {"kind": "b"}]}
    assert not BOX.diff(state, {"size": 1, "lids": [{"kind": "b"}, {"kind": "a"}]}).names


async def test_a_preview_of_a_create_knows_the_inputs_and_nothing_else() -> None:
    properties = from_values({"size": 1, "key": "k"}, secrets=NONE)
    answer = await provider().create(
        provider_pb2.CreateRequest(urn=URN, properties=properties, preview=True)
    )
    assert to_values(answer.properties) == {
        "size": 1, "key": "sum of k", "address": UNKNOWN, "place": UNKNOWN,
    }  # fmt: skip
    assert secret_names(answer.properties) == {"key"}


async def test_create_keeps_secrets_of_the_program_secret() -> None:
    properties = from_values({"size": 1, "color": "blue"}, secrets=frozenset({"color"}))
    answer = await provider().create(provider_pb2.CreateRequest(urn=URN, properties=properties))
    assert answer.id == "1"
    assert secret_names(answer.properties) == {"color"}


async def test_what_is_filled_in_for_a_secret_null_is_secret() -> None:
    news = marshal({"size": wrap(1), "color": PropertyValue(None, is_secret=True)})
    answer = await provider().check(provider_pb2.CheckRequest(urn=URN, news=news))
    assert to_values(answer.inputs)["color"] == "red"
    assert secret_names(answer.inputs) == {"color"}


async def test_read_of_a_vanished_resource_answers_empty() -> None:
    answer = await provider().read(provider_pb2.ReadRequest(urn=URN, id="7"))
    assert answer == provider_pb2.ReadResponse()


async def test_import_takes_its_inputs_from_what_is_there() -> None:
    box = provider()
    size = from_values({"size": 4}, secrets=NONE)
    await box.create(provider_pb2.CreateRequest(urn=URN, properties=size))
    answer = await box.read(provider_pb2.ReadRequest(urn=URN, id="1"))
    assert to_values(answer.inputs) == {"size": 4, DEFAULTS: []}


async def test_an_unknown_type_or_data_source_is_named() -> None:
    with pytest.raises(PluginError, match="box:index/get:got"):
        await provider().invoke(provider_pb2.InvokeRequest(tok="box:index/get:got"))
    with pytest.raises(PluginError, match="box:index/lid:Lid"):
        await provider().delete(
            provider_pb2.DeleteRequest(urn=URN.replace(TOKEN, "box:index/lid:Lid"), id="1")
        )
