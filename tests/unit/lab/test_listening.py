"""Open ports, as the kernel lists them."""

import os
import socket

import pytest

from lab.listening import NotReadyError, listening, wait_listening


def test_a_socket_counts_only_once_it_listens() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        assert port not in listening(os.getpid(), "tcp")
        server.listen()
        assert port in listening(os.getpid(), "tcp")
    assert port not in listening(os.getpid(), "tcp")


def test_a_bound_datagram_socket_counts() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        assert server.getsockname()[1] in listening(os.getpid(), "udp")


def wait_for_port_1(*, alive: bool) -> None:
    wait_listening(
        os.getpid(), [("tcp", 1)], seconds=0.05, what="it", alive=lambda: alive, log=lambda: "LOG"
    )


def test_what_does_not_open_its_port_is_named_with_its_log() -> None:
    with pytest.raises(NotReadyError, match=r"it is not up after 0 s; not open: tcp 1\nLOG"):
        wait_for_port_1(alive=True)


def test_what_ended_is_not_waited_for() -> None:
    with pytest.raises(NotReadyError, match="it ended"):
        wait_for_port_1(alive=False)
