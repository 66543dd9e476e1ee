"""`bin/ops logs --streams`: WebSockets out of nginx's requests."""

import json
from typing import Any

import pytest

from ops.day2.logs import Line, requests_for
from ops.day2.streams import shown, streams_of
from ops.remote.follow import moment
from tests.unit.ops.health.support import operations

REQUEST = {
    "time": "2026-11-26T06:00:47+00:00",
    "service": "asr",
    "visitor": "192.0.2.10",
    "websocket": True,
    "status": 101,
    "completion": "OK",
    "duration": 61.5,
    "received": 429,
    "sent": 2240,
    "upstream": "unix:/run/vps-reverse-proxy-dev/2/asr",
    "upstream_sent": "64000",
}


def line(**changed: Any) -> Line:
    return Line(1.0, "vps", "nginx requests", json.dumps({**REQUEST, **changed}))


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
    (stream,) = streams_of([line(**changed)])

    assert stream.ended == ended
    assert (stream.service, stream.seconds, stream.received, stream.sent) == (
        *("asr", 61.5),
        *(64000, 2240),
    )
    assert stream.upstream == "dev/2/asr"


def test_what_is_no_websocket_and_what_is_half_a_line_is_left_out() -> None:
    half = Line(1.0, "vps", "nginx requests", '{"websocket": tr')

    assert list(streams_of([line(websocket=False), half, Line(1.0, "vps", "nginx", "[]")])) == []


def test_a_stream_is_shown_in_one_line() -> None:
    (stream,) = streams_of([line(status=429)])

    assert "refused with HTTP 429" in shown(stream)
    assert "\n" not in shown(stream)


def test_the_requests_log_tells_its_time_as_iso_and_only_the_vps_is_asked() -> None:
    assert moment(json.dumps(REQUEST), 0.0) == 1795672847.0
    asked = requests_for(operations(), "streams", lines=5, follow=False)
    assert asked == {
        "vps": {
            "files": ["/var/log/nginx/vps-reverse-proxy-dev.json"],
            "lines": 5,
            "follow": False,
        }
    }
