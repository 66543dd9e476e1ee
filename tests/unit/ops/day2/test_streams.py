"""`bin/ops logs --streams`: WebSockets out of both hosts' logs."""

import json
import queue
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from ops.day2 import logs, looking, steer_commands
from ops.day2.logs import Line, requests_for
from ops.day2.looking import Subject
from ops.day2.streams import ONE_SIDED, Stream, follow_streams, read_streams, shown, told
from ops.day2.witnesses import Witnesses
from ops.remote.follow import moment
from tests.unit.ops.health.support import operations

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDED = 1795672847.25
SOCKET = "unix:/run/vps-reverse-proxy-dev/2/asr"
REQUEST = {
    "time": "2026-11-26T06:00:47+00:00",
    "id": "0" * 32,
    "process": 71,
    "connection": 8,
    "service": "asr",
    "visitor": "192.0.2.10",
    "websocket": True,
    "silence": "3600",
    "status": 101,
    "completion": "OK",
    "duration": 61.5,
    "received": 429,
    "sent": 2240,
    "upstream": SOCKET,
    "upstream_header_time": "0.048",
    "upstream_time": "61.500",
    "upstream_sent": "64000",
}
HERE = {
    "time": ENDED,
    "id": "0" * 32,
    "process": 9,
    "connection": 4,
    "channel_requests": 1,
    "status": 101,
    "completion": "OK",
    "upstream": "127.0.0.1:8001",
    "upstream_header_time": "0.004",
    "upstream_time": "61.456",
}
LONGER = {"upstream_time": "61.476"}
"""What the WSL host writes where the visitor ended it, over a line of 22 ms."""


def there(**changed: Any) -> Line:
    return Line(1.0, "vps", "nginx requests", json.dumps({**REQUEST, **changed}))


def here(**changed: Any) -> Line:
    return Line(ENDED, "wsl", "nginx requests", json.dumps({**HERE, **changed}))


def journal(text: str, *, at: float = ENDED, source: str = "vps-tunnel") -> Line:
    return Line(at, "wsl", source, text)


OTHERS = [
    one
    for number in range(1, 4)
    for one in (there(id=f"{number:032}", websocket=False), here(id=f"{number:032}"))
]
"""Others of the same line; not shown, for a clear view in these tests."""


def queued(*lines: Line | None) -> "queue.Queue[Line | None]":
    waiting: queue.Queue[Line | None] = queue.Queue()
    for line in lines:
        waiting.put(line)
    return waiting


def read(*lines: Line, journal_lines: int = 100) -> list[Stream | Line]:
    witnesses = Witnesses("vps-tunnel", journal_lines)
    return list(read_streams(queued(*lines, None), 1, witnesses, last=100))


def only(*lines: Line, journal_lines: int = 100) -> Stream:
    (stream,) = read(*lines, journal_lines=journal_lines)
    assert isinstance(stream, Stream)
    return stream


@pytest.mark.parametrize(
    ("changed", "ended"),
    [
        ({}, "closed"),
        ({"completion": ""}, "cut"),
        ({"status": 502}, "refused"),
        ({"status": 401, "completion": ""}, "refused"),
    ],
)
def test_a_stream_is_told_with_how_it_ended(changed: dict[str, Any], ended: str) -> None:
    stream = only(there(**changed))

    assert stream.ended == ended
    assert (stream.service, stream.seconds, stream.received, stream.sent) == (
        *("asr", 61.5),
        *(64000, 2240),
    )
    assert stream.upstream == "dev/2/asr"
    assert stream.by == ("" if ended == "refused" else "unclear")


@pytest.mark.parametrize(
    ("lines", "by"),
    [
        ([there(), here()], "service"),
        ([there(), here(**LONGER)], "visitor"),
        ([here(**LONGER), there(completion="")], "visitor"),
        # The first connection of the tunnel did not answer; what counts is the second one.
        (
            [
                there(
                    upstream=f"{SOCKET.replace('/2/', '/1/')}, {SOCKET}",
                    upstream_header_time="-, 0.048",
                    upstream_time="0.001, 61.500",
                ),
                here(**LONGER),
            ],
            "visitor",
        ),
        ([there(), here(channel_requests=2, **LONGER)], "unclear"),
        ([there(), here(), here()], "unclear"),
        ([there(id=""), here(id="")], "unclear"),
        ([there(), here(status=502)], "unclear"),
        ([there(upstream_header_time="-"), here()], "unclear"),
        ([there(), here(), journal("connection 2 ended: no words")], "tunnel"),
        ([there(), here(), journal("connection 2 ended: no words", at=ENDED + 60)], "service"),
        ([there(), here(), journal("connection 1 ended: no words")], "service"),
        ([there(), here(), journal("connection 2 refused: Permission denied")], "service"),
        (
            [
                *(there(), here()),
                journal(
                    "vps-tunnel.service: Main process exited, code=killed", source="init.scope"
                ),
            ],
            "tunnel",
        ),
        ([there(), here(), journal("connection 2 ended: no words", source="other")], "service"),
    ],
)
def test_the_side_that_ended_a_stream_is_named(lines: list[Line], by: str) -> None:
    assert only(*OTHERS, *lines).by == by


def test_nobody_is_named_for_a_time_of_which_the_journal_was_not_read() -> None:
    later = journal("connection 0 is up in 0.20 s", at=ENDED + 60)

    assert only(*OTHERS, there(), here(), later, journal_lines=2).by == "service"
    assert only(*OTHERS, there(), here(), later, journal_lines=1).by == "unclear"


def test_what_an_error_log_says_of_its_end_is_told_without_the_request() -> None:
    words = (
        "2026/11/26 06:00:47 [error] 9#9: *4 recv() failed (104: Connection reset by peer) while"
        ' proxying upgraded connection, client: 127.0.0.1, request: "GET /?secret HTTP/1.1"'
    )
    elsewhere = words.replace("9#9: *4", "9#9: *5")
    errors = [Line(ENDED, "wsl", "nginx error", text) for text in (elsewhere, words)]

    assert only(there(), here(), *errors).reason == "recv() failed (104: Connection reset by peer)"
    assert only(there(), here(), errors[0]).reason == ""


def test_of_a_stream_that_may_have_timed_out_that_is_said() -> None:
    assert only(there(duration=3598.9)).reason == ""
    assert only(there(duration=3599.0)).reason == "or by nginx, if it had been silent for 3600 s"


def test_what_is_no_websocket_and_what_is_half_a_line_is_left_out() -> None:
    half = Line(1.0, "vps", "nginx requests", '{"websocket": tr')

    assert read(there(websocket=False), half, Line(1.0, "vps", "nginx", "[]"), here()) == []
    assert read(there(duration="x")) == []


def test_the_last_ones_are_told_and_why_a_host_is_silent() -> None:
    silent = Line(2.0, "vps", "ops", "Connection refused")
    lines = queued(there(sent=1), there(sent=2), there(sent=3), silent, None)
    asked = {"vps": {"lines": 3}}
    found = list(told(lines, asked, unit="vps-tunnel", last=2, follow=False))

    assert found[0] == silent
    assert [one.sent for one in found[1:] if isinstance(one, Stream)] == [2, 3]


def test_a_followed_stream_waits_for_what_the_wsl_host_says_of_it() -> None:
    waiting = queued(*OTHERS, there(), here(**LONGER))
    reading = follow_streams(waiting, 2, Witnesses("vps-tunnel", 100), hold=0.05)
    began = time.monotonic()
    stream = next(reading)

    assert isinstance(stream, Stream)
    assert stream.by == "visitor"
    assert time.monotonic() - began < 5
    waiting.put(None)
    waiting.put(Line(1.0, "wsl", "ops", "words"))
    waiting.put(None)
    assert [one.host for one in reading if isinstance(one, Line)] == ["wsl"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"status": 429}, "refused with HTTP 429"),
        ({}, "closed by the service"),
        ({"completion": "", "upstream_time": "61.480"}, "cut by the visitor"),
        ({"upstream_header_time": "-"}, "closed, unclear by whom"),
    ],
)
def test_a_stream_is_shown_in_one_line(changed: dict[str, Any], words: str) -> None:
    text = shown(only(*OTHERS, there(**changed), here()))

    assert f"  {words}  dev/2/asr" in text
    assert "\n" not in text


def test_a_stream_that_ended_with_its_connection_is_shown_so_with_the_words_there_are() -> None:
    error = "[error] 71#71: *8 send() failed (32: Broken pipe) while proxying upgraded connection"
    lines = [
        there(),
        here(),
        journal("connection 2 ended: "),
        Line(1.0, "vps", "nginx error", error),
    ]

    assert "closed with the tunnel's connection (send() failed (32: Broken pipe))" in shown(
        only(*OTHERS, *lines)
    )


def test_the_requests_log_tells_its_time_and_both_hosts_are_asked_for_theirs() -> None:
    assert moment(json.dumps(REQUEST), 0.0) == 1795672847.0
    assert moment(json.dumps(HERE), 0.0) == ENDED
    files = ["/var/log/nginx/error.log", "/var/log/nginx/vps-reverse-proxy-dev.json"]

    assert requests_for(operations(), "streams", lines=5, follow=False) == {
        "vps": {"files": files, "lines": 1000, "follow": False},
        "wsl": {"units": ["vps-tunnel.service"], "files": files, "lines": 1000, "follow": False},
    }
    followed = requests_for(operations(balancer_port=None), "streams", lines=5, follow=True)
    assert followed == {"vps": {"files": files, "lines": 5, "follow": True}}


@pytest.mark.parametrize(("balancer_port", "hosts", "hint"), [(None, 1, ONE_SIDED), (80, 2, "")])
def test_without_a_load_balancer_the_setting_that_tells_the_side_is_told_once(
    balancer_port: int | None,
    hosts: int,
    hint: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    plain = operations(balancer_port=balancer_port)
    subject = Subject(stack=None, outputs={}, operations=plain, login=None)  # type: ignore[arg-type] # no stack, no login

    @contextmanager
    def reading(*_: Any) -> "Iterator[queue.Queue[Line | None]]":
        yield queued(there(), there(), *[None] * hosts)

    monkeypatch.setattr(looking, "find_subject", lambda _: subject)
    monkeypatch.setattr(logs, "reading", reading)
    steer_commands.logs(streams=True)
    told = capsys.readouterr()

    assert told.err.strip() == hint
    assert told.out.count("unclear by whom") == 2
