"""`bin/ops ports`: whose a port is, and whether it should be there."""

import pytest

from ops.day2.ports import expected_on_vps, expected_on_wsl, judge_ports
from ops.health.facts import Listener, Seen
from ops.sending import Unreached
from tests.unit.ops.health.support import operations, vps, well, wsl


def listening(
    port: int, address: str = "0.0.0.0", program: str = "x", protocol: str = "tcp"
) -> Listener:
    return Listener(protocol=protocol, address=address, port=port, program=program)


def judged(*listeners: Listener) -> dict[int, str]:
    facts = well(vps=Seen(facts=vps(listeners=listeners)), wsl=Unreached(reason="failed", words=""))
    return {one.port: one.judgement for one in judge_ports(facts)}


def test_what_the_stack_needs_is_expected_and_what_lacks_is_missing() -> None:
    found = judged(listening(22), listening(80), listening(8080, "127.0.0.1"))

    assert found == {22: "expected", 80: "expected", 8080: "expected"}
    assert judged(listening(22)) == {22: "expected", 80: "missing", 8080: "missing"}


@pytest.mark.parametrize(
    ("listener", "judgement"),
    [
        (listening(5432), "unexpected"),
        (listening(5432, "203.0.113.16"), "unexpected"),
        (listening(5432, "127.0.0.1"), "private"),
        (listening(5432, "::1"), "private"),
        (listening(53, "127.0.0.53", protocol="udp"), "private"),
        (listening(53, "127.0.0.53%lo", protocol="udp"), "private"),
        (listening(9200, "::ffff:127.0.0.1"), "private"),
        (listening(9200, "::ffff:192.0.2.1"), "unexpected"),
        (listening(5353, "fe80::1%eth0", protocol="udp"), "private"),
        (listening(68, "203.0.113.16", protocol="udp"), "expected"),
        (listening(546, "fe80::1%eth0", protocol="udp"), "expected"),
        (listening(68), "unexpected"),
        (listening(9200, "*"), "unexpected"),
        (listening(22, protocol="udp"), "unexpected"),
    ],
)
def test_a_port_of_somebody_else_is_private_or_unexpected(
    listener: Listener, judgement: str
) -> None:
    facts = well(vps=Seen(facts=vps(listeners=(listener,))))
    found = next(one for one in judge_ports(facts) if one.program == "x")

    assert found.judgement == judgement


def test_both_families_of_one_port_are_one_line() -> None:
    assert len(judged(listening(22), listening(22, "::"))) == 3


def test_port_443_is_expected_where_the_vps_has_a_certificate() -> None:
    assert 443 not in expected_on_vps(operations(mode="flexible"))
    assert 443 in expected_on_vps(operations(mode="strict"))
    assert 443 in expected_on_vps(operations(mode="direct"))
    assert 443 not in expected_on_vps(operations(mode="direct-http"))


def test_where_prometheus_finds_the_figures_is_expected() -> None:
    assert {9080, 9081} <= set(expected_on_vps(operations(metrics_ports=[9080, 9081])))
    assert 9080 not in expected_on_vps(operations())


def test_here_the_services_and_the_load_balancer_are_expected() -> None:
    assert set(expected_on_wsl(operations())) == {80, 8001, 18080}
    other = {**operations().services[0].model_dump(), "upstreams": ["192.0.2.7:8001"]}
    assert set(expected_on_wsl(operations(services=[other]))) == {80, 18080}


def test_both_hosts_are_looked_at() -> None:
    assert {one.host for one in judge_ports(well(wsl=Seen(facts=wsl(listeners=()))))} == {
        *("VPS", "WSL host"),
    }
