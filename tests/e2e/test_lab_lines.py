"""The lab's emulated lines, measured from the client."""

from collections.abc import Iterator

import pytest

from lab import links
from tests.e2e.harness import Lab
from tests.e2e.probes import command, ping


@pytest.fixture
def client_line(lab: Lab) -> Iterator[Lab]:
    """The client's line, which is put back afterwards."""
    yield lab
    links.set_link(lab.name, "client", delay_ms=5, jitter_ms=0, loss=0, rate_mbit=0, down=False)


def test_a_line_delays_both_directions(client_line: Lab) -> None:
    links.set_link(client_line.name, "client", delay_ms=60)
    for address in ("192.0.2.53", "2001:db8:53::1"):
        _, trip = ping(client_line, "client", address, "-c3", "-i0.2")
        assert 120 <= trip < 140


def test_a_line_loses_the_share_it_is_told_to(client_line: Lab) -> None:
    # 400 packets at 19 % (10 % each way): a share outside 11..28 % has a chance below 1 in 20,000.
    links.set_link(client_line.name, "client", loss=0.1)
    lost, _ = ping(client_line, "client", "192.0.2.53", "-c400", "-i0.005", "-W1")
    assert 0.11 < lost < 0.28


def test_one_direction_of_a_line_can_be_changed_alone(client_line: Lab) -> None:
    links.set_link(client_line.name, "client", delay_ms=80, direction=1)
    assert 85 <= ping(client_line, "client", "192.0.2.53", "-c3", "-i0.2")[1] < 105
    outwards, inwards = links.current(client_line.name, "client")
    assert (outwards.delay_ms, inwards.delay_ms) == (5, 80)


def test_a_line_that_is_down_carries_nothing_and_comes_back(client_line: Lab) -> None:
    command(client_line.name, "link", "client", "--down")
    assert ping(client_line, "client", "192.0.2.53", "-c2", "-i0.2", "-W1")[0] == 1
    command(client_line.name, "link", "client", "--up")
    assert ping(client_line, "client", "192.0.2.53", "-c2", "-i0.2", "-W2")[0] == 0


def test_a_line_of_some_rate_queues_and_then_drops(client_line: Lab) -> None:
    # 100 packets of 1,028 bytes at once, at 1 Mbit/s and room for 20: about a fifth gets through.
    links.set_link(client_line.name, "client", rate_mbit=1, queue_packets=20)
    before = links.counters(client_line.name, "client")[0]
    ping(client_line, "client", "192.0.2.53", "-c100", "-l100", "-s1000", "-W2")
    after = links.counters(client_line.name, "client")[0]
    links.set_link(client_line.name, "client", queue_packets=1000)
    assert 60 <= after.overflowed - before.overflowed <= 82
