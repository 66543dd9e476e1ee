"""`bin/ops test`: what each answer means."""

from dataclasses import asdict, replace
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from components.watcher.canary import Visit
from ops.day2 import checks, tables
from ops.day2.checks import (
    idle_warnings,
    inside_vps,
    inside_wsl,
    judge_inside,
    judge_public,
    judge_said,
)
from ops.operations import CanaryExchange
from ops.remote.web import Exchange
from ops.sending import Unreached
from tests.unit.ops.health.support import (
    HEALTHY,
    LOCAL,
    LOCAL_STREAM,
    REFUSED,
    STREAM,
    operations,
)

SERVICE = operations().services[0]
TO_HTTPS = replace(HEALTHY, status=301, headers={"location": "https://asr.gonova.one/health"})
AWAY = replace(HEALTHY, status=301, headers={"location": "https://elsewhere.example/"})


@pytest.mark.parametrize(
    ("http", "verdict"),
    [
        (HEALTHY, "ok"),
        (TO_HTTPS, "ok"),
        (AWAY, "broken"),
        (replace(HEALTHY, status=502), "broken"),
        (REFUSED, "broken"),
    ],
)
def test_by_http_a_visitor_gets_the_answer_or_the_way_to_https(
    http: Exchange, verdict: str
) -> None:
    (check,) = judge_public(operations(), SERVICE, {"http": http})

    assert (check.place, check.what) == ("internet", "http://asr.gonova.one/health")
    assert check.verdict == verdict


def test_a_stream_is_told_by_its_pings_way() -> None:
    (check,) = judge_public(operations(), SERVICE, {"stream": STREAM})

    assert check.what == "wss://asr.gonova.one/v1/stream/asr"
    assert check.ms == STREAM.pong_ms


def test_without_tls_a_visitors_stream_has_none() -> None:
    (check,) = judge_public(operations(mode="direct-http"), SERVICE, {"stream": STREAM})

    assert check.what == "ws://asr.gonova.one/v1/stream/asr"


@pytest.mark.parametrize(
    ("stage", "detail", "verdict", "told"),
    [
        ("", "", "ok", "answers as services[].canary.expect has it"),
        ("exchange", "no answer in time", "broken", "no answer in time"),
    ],
)
def test_what_a_service_answers_in_its_own_words_is_a_line_of_its_own(
    stage: str, detail: str, verdict: str, told: str
) -> None:
    service = SERVICE.model_copy(update={"canary": CanaryExchange(send="hello", expect="ready")})
    said = Visit(
        service="asr", url="wss://asr.gonova.one", checked=0, stage=stage, detail=detail,
        ms={"exchange": 7.0},
    )  # fmt: skip

    check = judge_said(operations(), service, said)

    assert check.what == "wss://asr.gonova.one/v1/stream/asr told hello"
    assert (check.verdict, check.told, check.ms) == (verdict, told, 7.0)


def test_the_guides_lines_are_asked_on_both_hosts() -> None:
    assert "http://127.0.0.1:8080/health" in inside_vps(SERVICE).values()
    here = list(inside_wsl(SERVICE).values())
    assert here == [
        "http://127.0.0.1:8001/health",
        "ws://127.0.0.1:8001/v1/stream/asr",
        "http://127.0.0.1:18080/health",
        'http://localhost/health -H "Host: asr.gonova.one"',
    ]


def test_what_a_host_got_is_judged_line_by_line() -> None:
    web: dict[str, Any] = {"asr health": asdict(LOCAL), "asr stream": asdict(REFUSED)}
    found = judge_inside(SERVICE, "VPS", {"web": web}, inside_vps(SERVICE))

    assert [check.verdict for check in found] == ["ok", "broken"]
    assert "refused" in found[1].told


@pytest.mark.parametrize("answer", [Unreached(reason="silent", words="timed out"), object()])
def test_a_host_that_does_not_answer_is_unknown_and_one_line(answer: object) -> None:
    (check,) = judge_inside(SERVICE, "VPS", answer, inside_vps(SERVICE))

    assert check.verdict == "unknown"


@pytest.mark.parametrize(
    ("stream", "warned"),
    [
        (replace(LOCAL_STREAM, heard=0), True),
        (replace(LOCAL_STREAM, heard=1), False),
        (replace(LOCAL_STREAM, heard=None), False),
        (None, False),
    ],
)
def test_a_service_that_never_pings_is_warned_about(stream: Exchange | None, warned: bool) -> None:  # noqa: FBT001 - a table
    words = idle_warnings(SERVICE, stream, 31)

    assert bool(words) == warned
    assert all("120 s" in one and "31 s" in one for one in words)


@pytest.mark.parametrize(
    ("answer", "verdict", "told"),
    [
        (replace(STREAM, status=401, failed="upgrade", error="status"), "ok", "as it should"),
        (STREAM, "broken", "answers HTTP 101, and should ask for a key"),
    ],
)
def test_who_shows_no_key_must_be_asked_for_one(answer: Exchange, verdict: str, told: str) -> None:
    (check,) = judge_public(operations(), SERVICE, {checks.KEYLESS: answer})

    assert check.verdict == verdict
    assert told in check.told
    assert check.what == "wss://asr.gonova.one/v1/stream/asr without a key"


def test_what_a_canary_says_is_shown_as_it_is_and_never_as_markup() -> None:
    check = checks.Check(
        service="asr", place="internet", what="told [/INST] [true]", verdict="broken", told="[b]"
    )
    shown = StringIO()
    Console(width=200, file=shown).print(tables.tests(checks.Tested(checks=(check,), warnings=())))

    assert "told [/INST] [true]" in shown.getvalue()
    assert "[b]" in shown.getvalue()
