"""The canary against real WebSocket servers on loopback: it says how far it came."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from websockets.sync.server import ServerConnection, serve
from websockets.utils import accept_key

from components.watcher import canary
from components.watcher.canary import Visit, visit
from components.watcher.config import Target
from components.watcher.websocket import Socket

Handler = Callable[[ServerConnection], None]


def hold(connection: ServerConnection) -> None:
    """Say nothing until the other side goes."""
    for _ in connection:
        pass


@contextmanager
def served(handler: Handler = hold, **options: object) -> Iterator[str]:
    """A service on loopback; its address."""
    with serve(handler, "127.0.0.1", 0, **options) as server:  # type: ignore[arg-type] # its options
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}/v1/stream/asr"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def answering(answer: bytes | Callable[[bytes], bytes]) -> Iterator[str]:
    """Something that is no WebSocket service: reads once, answers, and keeps the line."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            connection, _ = listener.accept()
            with connection, suppress(ConnectionError):
                request = connection.recv(65536)
                connection.sendall(answer if isinstance(answer, bytes) else answer(request))
                while connection.recv(65536):
                    pass

        thread = threading.Thread(target=run)
        thread.start()
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}/x"
        thread.join()


def visited(
    url: str,
    *,
    send: str = "",
    expect: str = "",
    headers: dict[str, str] | None = None,
    patience: float = 5.0,
) -> Visit:
    """One visit."""
    target = Target(name="asr", url=url, headers=headers or {}, send=send, expect=expect)
    return visit(target, patience=patience)


def test_a_service_that_answers_a_ping_is_well_and_every_stage_is_timed() -> None:
    with served() as url:
        made = visited(url)

    assert (made.ok, made.stage, made.detail) == (True, "", "")
    assert made.address == "127.0.0.1"
    assert [*made.ms] == ["dns", "connect", "upgrade", "pong"]
    assert made.total_ms == pytest.approx(sum(made.ms.values()), abs=0.2)


def test_the_service_never_hears_more_than_the_ping() -> None:
    heard: list[str | bytes] = []
    with served(heard.extend) as url:
        assert visited(url).ok

    assert heard == []


def test_what_the_service_says_by_itself_does_not_disturb_the_ping() -> None:
    def greet(connection: ServerConnection) -> None:
        connection.send("hello")
        connection.ping()
        hold(connection)

    with served(greet) as url:
        assert visited(url).ok


def test_the_key_goes_with_the_upgrade() -> None:
    seen: list[str | None] = []

    def note(connection: ServerConnection) -> None:
        assert connection.request is not None
        seen.append(connection.request.headers.get("Authorization"))
        hold(connection)

    with served(note) as url:
        assert visited(url, headers={"Authorization": "Bearer k"}).ok

    assert seen == ["Bearer k"]


def echo(connection: ServerConnection) -> None:
    """Answer every message with another one and its words, long enough for a long frame."""
    for message in connection:
        connection.send("first something else")
        connection.send(["heard: ", str(message), "." * 70000])  # a message in fragments


def test_an_exchange_in_the_services_own_words_is_looked_at() -> None:
    with served(echo) as url:
        good = visited(url, send="x" * 300, expect="heard: x")
        bad = visited(url, send="x", expect="never said", patience=0.5)

    assert (good.ok, [*good.ms][-1]) == (True, "exchange")
    assert (bad.stage, bad.ok) == ("exchange", False)


@pytest.mark.parametrize(
    ("size", "head"),
    [
        (125, bytes([0x81, 0x80 | 125])),
        (126, bytes([0x81, 0x80 | 126, 0, 126])),
        (65535, bytes([0x81, 0x80 | 126, 0xFF, 0xFF])),
        (65536, bytes([0x81, 0x80 | 127, 0, 0, 0, 0, 0, 1, 0, 0])),
    ],
)
def test_a_length_is_sent_in_its_shortest_form(size: int, head: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"\x81\x02ok")  # the answer, before it is asked for
        Socket(ours, 5.0).exchange("x" * size, "ok")

        assert theirs.recv(len(head), socket.MSG_WAITALL) == head


def test_a_closed_stream_is_told_with_its_code() -> None:
    def refuse(connection: ServerConnection) -> None:
        connection.recv()
        connection.close(1013, "GPU is down")

    with served(refuse) as url:
        made = visited(url, send="x", expect="y")

    assert (made.stage, made.detail) == ("exchange", "closed with code 1013")


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "HTTP 502"),
        (b"HTTP/1.1 101 x\r\n\r\n", "the upgrade's answer is for another key"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "the answer is not HTTP"),
        (b"x" * 20000, "the answer's head has no end"),
        (b"", "no answer in time"),
    ],
)
def test_whoever_refuses_the_upgrade_is_quoted(answer: bytes, detail: str) -> None:
    with answering(answer) as url:
        made = visited(url, patience=0.5)

    assert made.stage == "upgrade"
    assert detail in made.detail or "timed out" in made.detail


def test_a_service_that_does_not_answer_the_ping_is_not_well() -> None:
    def accept(request: bytes) -> bytes:
        key = request.partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r\n")[0]
        proof = accept_key(key.decode())
        return f"HTTP/1.1 101 x\r\nSec-WebSocket-Accept: {proof}\r\n\r\n".encode()

    with answering(accept) as url:
        made = visited(url, patience=0.5)

    assert (made.stage, made.detail) == ("pong", "timed out")


def test_a_refused_connection_and_an_unknown_name_are_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    refused, unknown = visited(f"ws://127.0.0.1:{port}/"), visited("ws://no-such-name.invalid/")
    assert (refused.stage, refused.detail) == ("connect", "Connection refused")
    assert (unknown.stage, [*unknown.ms]) == ("dns", ["dns"])


def test_silent_addresses_take_no_longer_than_one(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, tried = [1000.0], list[float]()

    def swallow(_address: tuple[str, int], timeout: float) -> socket.socket:
        tried.append(timeout)
        clock[0] += timeout
        raise TimeoutError("timed out")

    monkeypatch.setattr(canary, "_addresses", lambda _url: [(f"192.0.2.{n}", 9) for n in range(4)])
    monkeypatch.setattr(socket, "create_connection", swallow)
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    made = visited("ws://asr.gonova.one/", patience=10.0)

    assert made.stage == "connect"
    assert tried == [5.0, 2.5, 1.25, 1.25]


def test_a_port_without_tls_is_told_as_such() -> None:
    with answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") as url:
        made = visited(url.replace("ws://", "wss://"), patience=2)

    assert made.stage == "tls"
    assert made.certificate_expires is None
