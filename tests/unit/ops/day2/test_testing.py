"""`bin/ops test`: every thing that was to be asked has its line, whatever came of it."""

from typing import Any

import pytest

from ops.day2 import looking, testing
from ops.operations import CanaryExchange, Operations
from ops.sending import Unreached
from tests.unit.ops.health.support import operations

HERE = {"machine_id": "a" * 32, "hostname": "wsl"}


def subject(stack: Operations) -> looking.Subject:
    """Nobody logs in."""
    return looking.Subject(stack=None, outputs={}, operations=stack, login=None)  # type: ignore[arg-type] # no stack, no login


@pytest.fixture
def nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """No probe is over in time but that of the VPS, which is refused."""
    monkeypatch.setattr(testing, "ask_vps", lambda *_: Unreached(reason="silent", words="silent"))

    def together(probes: Any, _seconds: float) -> tuple[dict[str, Any], dict[str, float]]:
        asked = {name: probe() for name, probe in probes.items() if name in {"vps", "wsl"}}
        return {name: asked.get(name, object()) for name in probes}, {}

    monkeypatch.setattr(testing, "together", together)


@pytest.mark.usefixtures("nobody_answers")
def test_a_public_name_that_is_not_seen_in_time_is_broken_and_not_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(testing, "ask_wsl", lambda *_: Unreached(reason="silent", words="silent"))
    service = operations().services[0]
    told = service.model_copy(update={"canary": CanaryExchange(send="hello", expect="ready")})
    found = testing.run_tests(subject(operations(services=[told.model_dump()])), listen=0)

    public = [check for check in found.checks if check.place == "internet"]
    assert {check.verdict for check in public} == {"broken"}
    assert all("no answer in time" in check.told for check in public)
    assert [check.what for check in public] == [
        "http://asr.gonova.one/health",
        "wss://asr.gonova.one/v1/stream/asr",
        "wss://asr.gonova.one/v1/stream/asr told hello",
    ]


@pytest.mark.usefixtures("nobody_answers")
def test_another_machine_than_the_wsl_host_tells_nothing_of_its_services(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def asked(_: Any) -> Any:
        pytest.fail("this machine's own ports were asked")

    monkeypatch.setattr("ops.sending.ask_here", asked)
    found = testing.run_tests(subject(operations(**HERE)), listen=0)

    (check,) = [check for check in found.checks if check.place == "WSL host"]
    assert check.verdict == "unknown"
    assert "the WSL host is wsl" in check.told
