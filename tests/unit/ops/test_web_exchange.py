"""One exchange with a web service: every way it can end, over real sockets of this machine."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from ops.remote.frames import PONG, frame
from ops.remote.web import Exchange, Target, exchange, request

SECONDS = 5.0
UPGRADED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
HEALTHY = (
    b"HTTP/1.1 200 OK\r\nServer: tests\r\nDate: Thu, 26 Nov 2026 04:45:31 GMT\r\n"
    b"Content-Length: 2\r\n\r\nok"
)


@contextmanager
def server(answer: Callable[[socket.socket], None]) -> Iterator[int]:
    """Takes one connection on loopback, reads the request, and has it answered; yields the port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            peer, _ = listening.accept()
            with peer:
                peer.recv(4096)
                answer(peer)
                # Closing with something unread would reset what was said.
                with suppress(OSError):
                    peer.shutdown(socket.SHUT_WR)
                    while peer.recv(4096):
                        pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(SECONDS)


def ask(port: int, *, upgrade: bool = False, seconds: float = SECONDS) -> Exchange:
    target = Target("127.0.0.1", port, "asr.gonova.one", "/path", upgrade=upgrade)
    return exchange(target, seconds)


def saying(*messages: bytes) -> Callable[[socket.socket], None]:
    def answer(peer: socket.socket) -> None:
        for message in messages:
            peer.sendall(message)

    return answer


def test_an_answer_is_told_with_status_times_and_the_servers_clock() -> None:
    with server(saying(HEALTHY)) as port:
        found = ask(port)

    assert found.well
    assert (found.status, found.headers["server"], found.date) == (200, "tests", 1795668331.0)
    assert found.connect_ms is not None
    assert found.answer_ms is not None
    assert found.tls_ms is None


@pytest.mark.parametrize("status", [b"404 Not Found", b"502 Bad Gateway", b"301 Moved"])
def test_another_status_is_an_answer_and_not_well(status: bytes) -> None:
    with server(saying(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")) as port:
        found = ask(port)

    assert (found.failed, found.well) == ("", False)
    assert found.status == int(status[:3])


def test_a_port_where_nobody_listens_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    found = ask(port)

    assert (found.failed, found.error, found.well) == ("connect", "refused", False)


def test_a_server_that_says_nothing_is_silent_within_the_time_given() -> None:
    held = threading.Event()

    def say_nothing(_peer: socket.socket) -> None:
        held.wait(SECONDS)

    with server(say_nothing) as port:
        found = ask(port, seconds=0.3)
        held.set()

    assert (found.failed, found.error) == ("answer", "silent")


def test_a_connection_that_is_closed_without_a_word_is_closed() -> None:
    with server(saying()) as port:
        found = ask(port)

    assert (found.failed, found.error) == ("answer", "closed")


def test_what_is_not_http_is_malformed() -> None:
    with server(saying(b"220 mail.example.org ESMTP\r\n\r\n")) as port:
        found = ask(port)

    assert (found.failed, found.error) == ("answer", "malformed")


def test_a_websocket_answers_the_ping_after_messages_of_its_own() -> None:
    text = bytes([0x81, 5]) + b"hello"
    long = bytes([0x82, 126, 1, 0]) + bytes(256)
    with server(saying(UPGRADED, text, long, bytes([0x80 | PONG, 3]) + b"ops")) as port:
        found = ask(port, upgrade=True)

    assert found.well
    assert found.status == 101
    assert found.pong_ms is not None


def test_a_websocket_that_is_not_opened_is_told_with_its_status() -> None:
    with server(saying(HEALTHY)) as port:
        found = ask(port, upgrade=True)

    assert (found.failed, found.error, found.status) == ("upgrade", "status", 200)


@pytest.mark.parametrize("end", [b"", bytes([0x88, 2, 3, 0xE8])], ids=["cut", "close frame"])
def test_a_websocket_that_ends_before_the_pong_is_closed(end: bytes) -> None:
    with server(saying(UPGRADED, end)) as port:
        found = ask(port, upgrade=True)

    assert (found.failed, found.error) == ("pong", "closed")


def test_tls_to_a_server_without_it_fails_in_that_stage() -> None:
    with server(saying(HEALTHY)) as port:
        target = Target("127.0.0.1", port, "asr.gonova.one", "/", tls=True)
        found = exchange(target, SECONDS)

    assert (found.failed, found.error) == ("tls", "tls")


def test_a_request_carries_the_host_and_what_is_given_beside() -> None:
    target = Target("127.0.0.1", 80, "asr.gonova.one", "/x", headers={"X-API-Key": "k"})
    lines = request(target).decode().split("\r\n")

    assert lines[:2] == ["GET /x HTTP/1.1", "Host: asr.gonova.one"]
    assert "X-API-Key: k" in lines
    assert lines[-2:] == ["", ""]


def test_a_frame_of_ours_is_masked() -> None:
    sent = frame(0x9, b"ops")

    assert sent[:2] == bytes([0x89, 0x83])
    assert bytes(byte ^ sent[2 + index % 4] for index, byte in enumerate(sent[6:])) == b"ops"
