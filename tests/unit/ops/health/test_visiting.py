"""Visits to a public name: what they show a service that asks for a key, and what to others."""

import pytest

from ops.day2 import testing
from ops.day2.checks import KEYLESS
from ops.health import visiting
from ops.health.facts import Visit
from ops.operations import Operations
from ops.remote.web import Target
from tests.unit.ops.health.support import EDGE, STREAM, operations

KEYED = operations(
    services=[{**operations().services[0].model_dump(), "keyed": True, "api_key": "k" * 32}]
)
SHOWN = {"Authorization": "Bearer " + "k" * 32}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Target]:
    """Every target that is asked; the name leads to the edge."""
    targets: list[Target] = []

    def exchange(target: Target, _seconds: float) -> object:
        targets.append(target)
        return STREAM

    for module in (visiting, testing):
        monkeypatch.setattr(module, "exchange", exchange)
        monkeypatch.setattr(module, "resolve", lambda _: Visit(addresses=(EDGE,)))
    return targets


@pytest.mark.parametrize(("stack", "shown"), [(KEYED, SHOWN), (operations(), {})])
def test_the_stream_alone_is_shown_the_key_where_there_is_one(
    asked: list[Target], stack: Operations, shown: dict[str, str]
) -> None:
    visiting.visit(stack, stack.services[0])

    assert {target.upgrade: target.headers for target in asked} == {True: shown, False: {}}


def test_a_service_with_keys_is_asked_without_one_too(asked: list[Target]) -> None:
    found = testing.public(KEYED, KEYED.services[0], 0)

    assert KEYLESS in found
    streams = [target.headers for target in asked if target.upgrade]
    assert sorted(streams, key=len) == [{}, SHOWN]
    assert not any(target.headers for target in asked if not target.tls)
