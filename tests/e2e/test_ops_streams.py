"""bin/ops logs --streams: which side ended a stream, over a line with a real delay."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from lab import links
from tests.e2e.harness import Lab
from tests.e2e.streams import HeldStream
from tests.e2e.waiting import until

CLIENT = ("192.0.2.10", "2001:db8:c::1")
NAME = "asr.gonova.one"
LOG = "/var/log/nginx/vps-reverse-proxy-dev.json"
DELAY_MS = 40.0  # each way: a busy machine is late by less
TRIES = 3
LATE = "a host did not answer in time"  # what bin/ops says of one
FEWEST = 4  # streams tell the line's round trip
ABORTING = f"""
import socket, ssl, struct
connection = socket.create_connection(({NAME!r}, 443), 10)
secured = ssl.create_default_context().wrap_socket(connection, server_hostname={NAME!r})
secured.sendall(
    b"GET /v1/stream/asr?rate=16000&note=planted-query HTTP/1.1\\r\\n"
    b"Host: {NAME}\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n"
    b"Sec-WebSocket-Version: 13\\r\\nSec-WebSocket-Key: cGxhbnRlZC1rZXktMTIzNA==\\r\\n"
    b"X-Request-ID: planted-id\\r\\nx-request-id: {"f" * 32}\\r\\n\\r\\n"
)
said = b""
while b"\\r\\n\\r\\n" not in said:
    said += secured.recv(4096)
assert b" 101 " in said, said
# No close frame, no end of TLS, and a reset in the place of TCP's own goodbye.
secured.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
secured.close()
"""


@pytest.fixture(scope="module")
def far(deployed: Lab) -> Iterator[Lab]:
    """A lab whose WSL host is far away, and knows no nearer streams."""
    usual = links.current(deployed.name, "home")[0].delay_ms
    links.set_link(deployed.name, "home", delay_ms=DELAY_MS)
    deployed.sh("wsl", f": >{LOG}")
    yield deployed
    links.set_link(deployed.name, "home", delay_ms=usual)


def seen(lab: Lab) -> list[dict[str, Any]]:
    """The client's own streams to ASR that have ended, as bin/ops tells them."""
    done = lab.typed("bin/ops", "logs", "--streams", "--json", "-n", "500")
    assert done.code == 0, done.text
    streams = [json.loads(line) for line in done.text.splitlines() if line.startswith("{")]
    return [one for one in streams if one["visitor"] in CLIENT and one["service"] == "asr"]


def ended_by(lab: Lab, end: Callable[[], object], count: int = 1) -> list[str]:
    """What is told of the streams that `end` ends."""
    before = int(lab.on(lab.vps(), "date", "+%s").text)  # nginx tells whole seconds, too

    def new() -> list[str]:
        found = [one["by"] for one in seen(lab) if one["moment"] >= before]
        return found if len(found) >= count else []

    end()
    return until(new, seconds=90, what="the streams' ends are told")


def named(lab: Lab, end: Callable[[], object]) -> str:
    """Who is told to end a stream; tried again where a busy machine was late, which unclears it."""
    for _ in range(TRIES):
        with HeldStream(lab, f"wss://{NAME}/v1/stream/asr"):
            (told,) = ended_by(lab, end)
        lab.wait_serving()
        if told != "unclear":
            break
    return told


def abort(lab: Lab, times: int = 1) -> None:
    """A visitor who is gone without a word."""
    for _ in range(times):
        lab.on("client", "python3", "-", input=ABORTING)


def test_the_side_that_ended_a_stream_is_told(far: Lab) -> None:
    lab = far
    visits = 2 * FEWEST
    told = ended_by(lab, lambda: abort(lab, visits), visits)
    assert set(told) <= {"visitor", "unclear"}
    assert told.count("visitor") >= FEWEST, told

    drop = "systemctl kill --signal=KILL asr; systemctl start asr"
    assert named(lab, lambda: lab.sh("wsl", drop)) == "service"
    assert named(lab, lambda: lab.sh("wsl", "pkill -KILL -u vps-tunnel -x ssh")) == "tunnel"


def in_time(lab: Lab) -> bool:
    """Whether a look waited for no host until it gave it up."""
    done = lab.typed("bin/ops", "logs", "--streams", "--json", "-n", "500")
    assert done.code == 0, done.text
    return LATE not in done.text


def test_without_the_wsl_hosts_log_it_is_unclear_and_not_waited_for(deployed: Lab) -> None:
    lab = deployed
    lab.on("wsl", "mv", LOG, f"{LOG}.kept")
    try:
        assert ended_by(lab, lambda: abort(lab)) == ["unclear"]
        # A busy machine's host may be late once; one that is waited for is late each time.
        until(lambda: in_time(lab), seconds=60, what="the streams are told without waiting")
    finally:
        lab.on("wsl", "mv", f"{LOG}.kept", LOG)


def test_the_wsl_hosts_log_holds_nothing_that_a_visitor_wrote_and_is_kept_small(
    deployed: Lab,
) -> None:
    lab = deployed
    before = len(lab.on("wsl", "cat", LOG).text.splitlines())
    abort(lab)
    log = until(
        lambda: text if len((text := lab.on("wsl", "cat", LOG).text).splitlines()) > before else "",
        seconds=10,
        what="the load balancer has written the stream down",
    )
    assert "planted" not in log
    assert "f" * 32 not in log
    assert "upstream_header_time" in json.loads(log.splitlines()[-1])
    assert lab.sh("wsl", f"stat -c '%a %U' {LOG}").text == "640 www-data\n"

    lab.sh("wsl", f"yes '{{}}' | head -c 21M >>{LOG}")
    lab.sh("wsl", "systemctl start vps-reverse-proxy-dev-access-log.service")
    assert "1.gz" in lab.sh("wsl", f"ls {LOG}*").text
    abort(lab)
    until(
        lambda: "upstream_header_time" in lab.sh("wsl", f"cat {LOG}").text,
        seconds=10,
        what="nginx writes to the new log",
    )
