"""What the last run recorded: how a server is described, and how the outputs are read."""

from typing import Any

import pytest

from components.recorded import describe_server, read_outputs
from tests.unit.components.engine import Clouds, Refused, deploy
from tests.unit.components.samples import ADOPTED, RUNNING, STACK, server, settings
from tests.unit.settings_support import EXISTING


def test_what_is_recorded_is_what_is_compared() -> None:
    assert describe_server(server(), "nbg1") == RUNNING
    assert describe_server(server(regions=["fsn1", "nbg1"]), "nbg1") == RUNNING
    assert describe_server(settings(EXISTING).server, "") == ADOPTED


def test_the_recorded_outputs_are_read_from_the_stacks_own_state() -> None:
    names: list[object] = []

    def answer(args: Any) -> dict[str, Any]:
        names.append(args["name"])
        return {"outputs": {"server": RUNNING}}

    found: list[object] = []
    deploy(
        lambda: found.append(read_outputs(STACK)), clouds=Clouds(calls={"readStackOutputs": answer})
    )

    assert names == ["organization/vps-reverse-proxy/dev"]
    assert found == [{"server": RUNNING}]


def test_a_state_that_is_being_written_is_read_again() -> None:
    answers = [{"outputs": {"server": RUNNING}}]
    tries: list[int] = []

    def answer(_: object) -> dict[str, Any]:
        tries.append(1)
        if len(tries) == 1:
            raise Refused("unexpected end of JSON input")
        return answers[0]

    deploy(lambda: void(read_outputs(STACK)), clouds=Clouds(calls={"readStackOutputs": answer}))

    assert len(tries) == 2


def test_a_state_that_stays_unreadable_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(_: object) -> dict[str, Any]:
        raise Refused("unexpected end of JSON input")

    monkeypatch.setattr("components.recorded.READ_DEADLINE", 0)
    with pytest.raises(Exception, match="unexpected end"):
        deploy(lambda: void(read_outputs(STACK)), clouds=Clouds(calls={"readStackOutputs": answer}))


def void(_: object) -> None:
    """A program has no result."""
