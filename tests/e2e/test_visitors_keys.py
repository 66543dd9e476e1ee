"""API keys and limits: asked for, changed under an open stream, seen to bite, and found nowhere."""

import json
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from ops.exits import BROKEN
from tests.e2e.harness import Lab
from tests.e2e.keyed import (
    ALICE,
    BOB,
    BURST,
    DORA,
    ECHO_UNIT,
    HASTY,
    NEW,
    STREAM,
    ask,
    configure,
    echoing,
    set_key,
)
from tests.e2e.shipped import ASR, TTS, shipped
from tests.e2e.streams import HeldStream, uncut
from tests.e2e.waiting import until

AWAY = '{"error": "no answer from the service"}'
BUSY = '{"error": "too many requests"}'
DEBIANS_LOG = "/var/log/nginx/access.log"
# The service's own answer to a request that is no WebSocket: it was asked.
SERVED = "426"
UPGRADE = (
    *("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"),
    "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==",
)
TWO_MEGABYTES = ("-X", "POST", "-H", "Content-Length: 2000000")
# Query and header; each is tried by a plain request and by a WebSocket.
KEYLESS = tuple(
    (query, (*header, *upgrade))
    for query, *header in (
        ("",),
        ("?api_key=",),
        ("?api_key=alice",),
        (f"?api_key={ALICE[:-1]}X",),
        (f"?api_key={ALICE.upper()}",),
        (f"?API_KEY={ALICE}",),
        ("", f"Authorization: Bearer {NEW}"),
        ("", f"Authorization: Basic {ALICE}"),
        # The parameter goes before the header.
        (f"?api_key={NEW}", f"Authorization: Bearer {ALICE}"),
    )
    for upgrade in ((), UPGRADE)
)
# A path below one that needs no key.
BELOW = ("/health/", "/health/deeper", "/healthy", "/metrics/")


@pytest.fixture(scope="module")
def keyed(deployed: Lab) -> Iterator[Lab]:
    with echoing(deployed):
        said = configure(deployed, {"alice": ALICE, "bob": BOB, "dora": DORA})
        assert "marked" not in said
        yield deployed


def test_without_a_key_neither_a_request_nor_a_websocket_gets_through(keyed: Lab) -> None:
    with uncut(keyed, f"wss://asr.gonova.one{STREAM}?api_key={BOB}"):
        said = {(query, headers): ask(keyed, query, *headers) for query, headers in KEYLESS}

    assert len(said) == len(KEYLESS)
    assert set(said.values()) == {("401", '{"error": "unauthorized"}')}, said


def test_a_key_opens_its_service_by_header_and_by_query(keyed: Lab) -> None:
    assert ask(keyed, "", f"Authorization: Bearer {ALICE}")[0] == SERVED
    assert ask(keyed, f"?api_key={BOB}")[0] == SERVED


def test_health_and_the_other_service_need_none(keyed: Lab) -> None:
    assert ask(keyed, path="/health")[0] == "200"
    assert {ask(keyed, path=path)[0] for path in BELOW} == {"404"}
    spoken = keyed.speak("--asr", f"wss://asr.gonova.one{STREAM}?api_key={BOB}")
    assert spoken.code == 0, spoken.text


@pytest.mark.parametrize("path", ["/v1/stream/echo", "/health", "/metrics"])
def test_the_service_gets_the_request_without_the_key(keyed: Lab, path: str) -> None:
    bearer = f"Authorization: Bearer {BOB}"
    for query, headers in (
        (f"?a=1&api_key={BOB}&b=2", []),
        ("?a=1&b=2", [bearer]),
        (f"?api_key={BOB}&a=1&b=2", [bearer]),
    ):
        if path == "/metrics":  # for the VPS alone
            given = [part for header in headers for part in ("-H", header)]
            url = f"http://127.0.0.1{path}{query}"
            host = ("-H", "Host: echo.gonova.one")
            told = keyed.on(keyed.vps(), "curl", "-sS", *host, *given, url).text
        else:
            status, told = ask(keyed, query, *headers, path=path, service="echo")
            assert status == "200", told

        assert told.startswith(f"GET {path}?a=1&b=2 HTTP/1.1\n")
        assert "marked" not in told
        assert "authorization" not in told.lower()


def test_a_key_has_so_many_streams_and_no_more(keyed: Lab) -> None:
    with HeldStream(keyed, f"wss://asr.gonova.one{STREAM}?api_key={ALICE}") as stream:
        busy = keyed.get(f"https://asr.gonova.one{STREAM}?api_key={ALICE}", "--http1.1", "-i")
        assert ask(keyed, f"?api_key={BOB}")[0] == SERVED

    assert busy.text.endswith("429"), busy.text
    assert "retry-after: 1" in busy.text.lower()
    assert stream.report["opened"], stream.report
    assert not stream.report["cut"], stream.report


def test_a_key_asks_so_often_in_a_second_and_no_more(keyed: Lab) -> None:
    url = f"https://echo.gonova.one/v1/stream/echo?api_key={HASTY}&n=[1-{2 * BURST}]"
    begun = time.monotonic()
    said = keyed.on("client", "curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}\n", url).text
    seconds = time.monotonic() - begun
    seen = Counter(said.split())

    assert set(seen) == {"200", "429"}
    assert BURST < seen["200"] <= BURST + 2 + seconds
    # Another key's requests come from the same address.
    assert ask(keyed, f"?api_key={BOB}", path="/v1/stream/echo", service="echo")[0] == "200"


def test_a_visitor_has_so_many_open_requests_and_no_more(keyed: Lab) -> None:
    health = "https://tts.gonova.one/health"
    keys = (ALICE, BOB, DORA)
    streams = [HeldStream(keyed, f"wss://asr.gonova.one{STREAM}?api_key={key}") for key in keys]
    with streams[0], streams[1], streams[2]:
        assert ask(keyed, path="/health", service="tts") == ("429", BUSY)
        other = keyed.on("wsl", "curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", health)

    assert other.text == "200"  # it has an address of its own
    assert not any(stream.report["cut"] for stream in streams)
    assert ask(keyed, path="/health", service="tts")[0] == "200"


def test_a_body_is_so_large_and_no_larger(keyed: Lab) -> None:
    url = "https://echo.gonova.one/health"

    assert keyed.get(url, "--http1.1", *TWO_MEGABYTES).text.endswith("413")
    assert keyed.get(url, "--http1.1", "--data-binary", "x" * 1000).text.endswith("200")


def test_every_answer_tells_browsers_of_https(keyed: Lab) -> None:
    for url, status in (
        ("https://asr.gonova.one/health", "200"),
        (f"https://asr.gonova.one{STREAM}", "401"),
    ):
        answer = keyed.get(url, "--http1.1", "-i").text
        assert answer.endswith(status)
        assert "strict-transport-security: max-age=63072000" in answer.lower()


def test_keys_change_without_cutting_a_stream(keyed: Lab) -> None:
    with HeldStream(keyed, f"wss://asr.gonova.one{STREAM}?api_key={ALICE}") as stream:
        configure(keyed, {"bob": BOB, "carol": NEW})
        assert ask(keyed, f"?api_key={ALICE}")[0] == "401"
        assert ask(keyed, f"?api_key={NEW}")[0] == SERVED

    assert stream.report["opened"], stream.report
    assert not stream.report["cut"], stream.report
    keyed.up("--expect-no-changes")


def test_a_key_is_found_nowhere_but_in_the_encrypted_configuration(keyed: Lab) -> None:
    size = ("stat", "-c", "%s", DEBIANS_LOG)
    before = keyed.on("wsl", *size).text
    ways = [
        (path, query, header)
        for path in ("/v1/stream/echo", "/health")
        for query, header in ((f"?api_key={BOB}", "X: x"), ("", f"Authorization: Bearer {BOB}"))
    ]
    for path, query, header in ways:
        assert ask(keyed, query, header, path=path, service="echo")[0] == "200"
        assert ask(keyed, query, header, path="/metrics", service="echo")[0] == "403"
    # nginx tells of a service that does not answer, with the whole request: on the WSL host,
    keyed.on("wsl", "systemctl", "stop", ECHO_UNIT)
    for path, query, header in ways:
        assert ask(keyed, query, header, path=path, service="echo") == ("502", AWAY)
    # and on the VPS.
    keyed.on("wsl", "systemctl", "stop", "vps-tunnel")
    try:
        for path, query, header in ways:
            status, body = ask(keyed, query, header, path=path, service="echo")
            assert status in {"502", "504"}
            assert body == AWAY
    finally:
        keyed.on("wsl", "systemctl", "start", "vps-tunnel")
    keyed.wait_serving()

    places = {
        keyed.vps(): "/etc /var/log /var/lib /run /tmp /home /root",
        "wsl": "/etc /var/log /var/lib /run /tmp /home/speech/.pulumi-state"
        " /home/speech/vps-reverse-proxy /root",
    }
    for host, folders in places.items():
        found = keyed.sh(
            host,
            f"grep -rlsa --exclude-dir=.venv --exclude-dir=tests -e '-marked' {folders};"
            " journalctl --no-pager -o cat | grep -a -e '-marked'",
            check=False,
        ).text
        assert not found.strip(), f"{host}: {found}"
    assert keyed.on("wsl", *size).text == before  # its lines hold queries


def test_a_key_in_clear_is_refused(keyed: Lab) -> None:
    plain = "in-clear-0123456789abcdefABCDEF"
    asr: dict[str, Any] = {**ASR, "api_keys": {"alice": plain}}
    keyed.configure({**shipped(), "services": [asr, TTS]})

    refused = keyed.up(check=False)

    assert refused.code != 0
    assert "services[0].api_keys: stands in the configuration unencrypted" in refused.text
    assert plain not in refused.text


def status(lab: Lab) -> tuple[int, dict[str, Any]]:
    """The exit status and the JSON of `bin/ops status`."""
    done = lab.typed("bin/ops", "status", "--json")
    assert done.text.startswith("{"), done.text
    return done.code, json.loads(done.text)


def is_clean(lab: Lab) -> bool:
    """Whether `bin/ops status` finds nothing."""
    code, told = status(lab)
    return (code, told["verdict"]) == (0, "ok")


def test_bin_ops_shows_the_canarys_key_and_names_keys_that_are_lost(keyed: Lab) -> None:
    keyed.configure({**shipped(), "services": [ASR, TTS]})
    set_key(keyed, 0, "alice", ALICE)
    keyed.up()

    until(lambda: is_clean(keyed), seconds=90, what="status finds nothing")
    tested = keyed.typed("bin/ops", "test", "--listen", "0", "--json")
    asked = {check["asked"]: check["verdict"] for check in json.loads(tested.text)["checks"]}
    assert tested.code == 0, tested.text
    assert asked[f"wss://asr.gonova.one{STREAM}"] == "ok"
    assert asked[f"wss://asr.gonova.one{STREAM} without a key"] == "ok"
    measured = keyed.typed("bin/ops", "latency", "-n", "5")
    assert measured.code == 0, measured.text

    keyed.sh(keyed.vps(), "rm /etc/nginx/vps-reverse-proxy/dev/*.keys; systemctl reload nginx")
    until(
        lambda: (
            {(one["blamed"], one["cause"]) for one in status(keyed)[1]["services"]}
            == {("nginx", "keys-lost"), (None, None)}
        ),
        seconds=60,
        what="status names the lost keys",
    )
    assert status(keyed)[0] == BROKEN
    keyed.up()
    until(lambda: is_clean(keyed), seconds=60, what="status finds nothing again")
