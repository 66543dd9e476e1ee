"""Measuring on loopback: what answers, what refuses, what has no name."""

import asyncio
import socket

from ops.regions.latency import Latency, measure, measure_host


async def test_a_host_that_answers_has_a_median_of_as_many_samples_as_asked() -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    found = await measure_host("localhost", samples=3, ports=(port,))
    server.close()

    assert found.samples == 3
    assert found.milliseconds is not None
    assert 0 < found.milliseconds < 1000


async def test_the_second_port_is_tried_where_the_first_refuses() -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    found = await measure_host("localhost", samples=1, ports=(_closed_port(), port))
    server.close()

    assert found.milliseconds is not None


async def test_a_host_that_refuses_is_shown_with_the_reason() -> None:
    found = await measure_host("localhost", samples=1, ports=(_closed_port(),))

    assert found.milliseconds is None
    assert found.trouble == "Connection refused"


def test_a_name_that_is_not_found_is_shown_with_the_reason() -> None:
    # Too long for a name: no name server is asked.
    assert measure(["x" * 70]) == {
        "x" * 70: Latency(milliseconds=None, trouble="its name is not found")
    }


def test_no_hosts_are_no_work() -> None:
    assert measure([]) == {}


def _closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        return int(closed.getsockname()[1])
