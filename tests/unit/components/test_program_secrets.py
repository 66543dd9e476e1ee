"""The whole program tells no secret in clear, and logs in to no rented machine as root."""

from typing import Any

import pytest

from tests.unit.components.conftest import TOKENS, Up
from tests.unit.components.engine import is_secret, texts_in_clear
from tests.unit.settings_support import EXISTING, HCLOUD


@pytest.mark.parametrize("server", [HCLOUD, EXISTING], ids=["hcloud", "existing"])
def test_no_secret_is_told_in_clear(up: Up, server: dict[str, Any]) -> None:
    recorder = up(server)
    told = [*texts_in_clear(recorder.outputs)]
    for one in recorder.registered:
        told += texts_in_clear(one.inputs)

    assert not [text for text in told if "PRIVATE KEY" in text]
    assert not [text for text in told for token in TOKENS.values() if token in text]
    assert is_secret(recorder.outputs["login"])
    steps = [one for one in recorder.named("Command") if one.type == "command:remote:Command"]
    assert bool(steps) == (server is HCLOUD)  # the user's own is dialled by ssh, with their file
    assert all(is_secret(step.inputs["connection"]) for step in steps)


def test_no_command_line_and_no_environment_holds_anything_but_words(up: Up) -> None:
    for step in up().named("Command"):
        assert "environment" not in step.inputs
        line = step.text("create")
        assert "ssh-" not in line
        assert "PRIVATE" not in line


def test_nobody_logs_in_to_a_rented_machine_as_root(up: Up) -> None:
    steps = [step for step in up().named("Command") if step.type == "command:remote:Command"]

    assert len(steps) == 11
    assert {step.inputs["connection"]["value"]["user"] for step in steps} == {"admin"}
