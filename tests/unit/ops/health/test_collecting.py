"""Probes side by side: nobody waits for the slowest, and a failure is a fact."""

import socket
import threading
import time
from typing import Any

import pytest

from components.cloudflare.api import Api, CloudflareError
from ops.health import collecting
from ops.health.collecting import Late, together
from ops.health.facts import Peer, Record, Seen, Visit
from ops.health.visiting import resolve
from ops.health.zones import look_up
from ops.sending import LONG_TRICKLE, TRICKLE, Unreached
from tests.unit.ops.health.support import ADDRESS, operations, vps, wsl


def test_a_late_probe_costs_the_deadline_and_not_more() -> None:
    held = threading.Event()
    begun = time.monotonic()
    found, took = together({"slow": lambda: held.wait(20), "quick": lambda: 7}, 0.3)
    held.set()

    assert time.monotonic() - begun < 5
    assert found == {"slow": Late(), "quick": 7}
    assert list(took) == ["quick"]


def test_probes_run_side_by_side() -> None:
    barrier = threading.Barrier(3, timeout=10)
    found, _ = together({str(number): barrier.wait for number in range(3)}, 10)

    assert sorted(found.values()) == [0, 1, 2]


def test_what_a_probe_raises_is_handed_back() -> None:
    def fail() -> None:
        raise OSError("no network")

    found, _ = together({"one": fail}, 5)

    assert isinstance(found["one"], OSError)


def _with_answer(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    monkeypatch.setattr(collecting, "ask_vps", lambda _login, _request, **_kinds: answer)


@pytest.mark.parametrize(("off", "ahead"), [(0.0, 0.0), (100.0, 100.0), (-100.0, -100.0)])
def test_the_vps_clock_is_compared_with_ours_at_the_moment_it_was_read(
    monkeypatch: pytest.MonkeyPatch, off: float, ahead: float
) -> None:
    told = vps().model_dump() | {"now": time.time() + off}
    _with_answer(monkeypatch, told)
    seen = collecting._vps(operations(), None, thorough=False)  # type: ignore[arg-type] # nobody logs in

    assert not isinstance(seen, Unreached)
    assert seen.ahead == pytest.approx(ahead, abs=1.0)


def test_an_answer_of_another_form_is_a_trouble_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _with_answer(monkeypatch, {"now": "yesterday"})
    seen = collecting._vps(operations(), None, thorough=False)  # type: ignore[arg-type] # nobody logs in

    assert isinstance(seen, Unreached)
    assert seen.reason == "failed"


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (socket.EAI_NONAME, "missing"),
        (socket.EAI_NODATA, "missing"),
        (socket.EAI_AGAIN, "silent"),
        (socket.EAI_FAIL, "failed"),
    ],
)
def test_a_name_that_is_missing_is_not_a_resolver_that_is_silent(
    monkeypatch: pytest.MonkeyPatch, number: int, kind: str
) -> None:
    def fail(*_: object) -> None:
        raise socket.gaierror(number, "words")

    monkeypatch.setattr(socket, "getaddrinfo", fail)

    assert resolve("asr.gonova.one") == Visit(dns_error=kind)


def answering(answers: dict[str, Any]) -> Api:
    """An API that knows these paths; every other is not found."""

    class Known(Api):
        def call(self, method: str, path: str, **_: Any) -> Any:
            for ending, answer in answers.items():
                if path.endswith(ending):
                    return answer
            raise CloudflareError(f"{method} {path}", status=404)

    return Known(token="token")


RECORDS = [{"content": ADDRESS, "proxied": True}]
RULE = {"ref": "vps_reverse_proxy_dev_ssl", "action_parameters": {"ssl": "flexible"}}
ZONES = {"/zones": [{"id": "z"}], "/dns_records": RECORDS}


@pytest.mark.parametrize(
    ("rules", "mode"),
    [
        ([RULE], "flexible"),
        ([{**RULE, "ref": "another"}], None),
        ([{**RULE, "enabled": False}], None),
        ([], None),
    ],
)
def test_the_ssl_mode_is_that_of_the_stacks_own_rule(rules: list[Any], mode: str | None) -> None:
    zone = look_up(answering({**ZONES, "/entrypoint": {"rules": rules}}), operations())

    assert zone.ssl_mode == mode
    assert zone.records == {"asr.gonova.one": Record(content=ADDRESS, proxied=True)}


def test_without_a_rule_set_or_record_both_are_missing_and_not_an_error() -> None:
    zone = look_up(answering({"/zones": [{"id": "z"}], "/dns_records": []}), operations())

    assert (zone.records, zone.ssl_mode) == ({}, None)


def test_the_mode_of_the_whole_zone_is_looked_up_where_the_stack_sets_it() -> None:
    api = answering({**ZONES, "/settings/ssl": {"value": "full"}})

    assert look_up(api, operations(ssl_scope="zone")).ssl_mode == "full"


def test_a_token_that_sees_no_zone_says_so() -> None:
    with pytest.raises(CloudflareError, match=r"no zone gonova\.one"):
        look_up(answering({"/zones": []}), operations())


def counted(sent: int, again: int) -> dict[str, Any]:
    return {"moved": {"198.51.100.66": Peer(sent=sent, again=again, rtt_ms=10.0)}}


@pytest.mark.parametrize(
    ("sent", "again", "loss"), [(250, 0, 0.0), (250, 5, 0.02), (99, 5, None), (0, 0, None)]
)
def test_the_loss_is_what_both_hosts_had_to_send_again(
    sent: int, again: int, loss: float | None
) -> None:
    seen = Seen(facts=vps(client="198.51.100.66", **counted(sent, again)))
    nothing = Unreached(reason="failed", words="")

    assert collecting.loss_of(operations(), seen, nothing) == loss


@pytest.mark.parametrize(("thorough", "lines"), [(False, TRICKLE), (True, LONG_TRICKLE)])
def test_a_look_that_has_to_tell_at_once_counts_the_loss_of_more_packets(
    monkeypatch: pytest.MonkeyPatch, *, thorough: bool, lines: int
) -> None:
    asked: list[int] = []

    def ask(_login: object, _request: object, *, trickle: int) -> Unreached:
        asked.append(trickle)
        return Unreached(reason="silent", words="")

    monkeypatch.setattr(collecting, "ask_vps", ask)
    collecting._vps(operations(), None, thorough=thorough)  # type: ignore[arg-type] # nobody logs in

    assert asked == [lines]


def test_the_loss_is_reckoned_over_both_directions() -> None:
    there = Seen(facts=vps(client="198.51.100.66", **counted(100, 1)))
    here = Seen(facts=wsl(moved={ADDRESS: Peer(sent=100, again=3, rtt_ms=10.0)}))

    assert collecting.loss_of(operations(), there, here) == 0.02


def test_without_any_facts_no_loss_is_told() -> None:
    nothing = Unreached(reason="failed", words="")

    assert collecting.loss_of(operations(), nothing, Late()) is None
