"""The limits of visitors, who sees the metrics, and HSTS as settings."""

from collections.abc import Iterator
from typing import Any

import pytest
from pulumi.runtime import set_all_config

from settings import LimitSettings
from tests.unit.settings_support import load, refusal, service


@pytest.fixture(autouse=True)
def _no_configuration(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("PULUMI_CONFIG", raising=False)
    yield
    set_all_config({}, [])


def test_the_limits_are_generous_unless_set() -> None:
    assert load().limits == LimitSettings()
    assert load(limits={"connections": 50}).limits.connections == 50


@pytest.mark.parametrize(
    ("limits", "line"),
    [
        (
            {"requests_per_second": 0},
            (
                "limits.requests_per_second: 0 is not a number of requests; use 1 to 10000,"
                " for example 100"
            ),
        ),
        (
            {"connections": "many"},
            'limits.connections: "many" is not a whole number; write digits alone, without quotes',
        ),
        (
            {"connections": 65_536},
            (
                "limits.connections: 65536 is not a number of requests; use 1 to 65000,"
                " for example 2000"
            ),
        ),
        (
            {"body_megabytes": 2048},
            "limits.body_megabytes: 2048 is not a size in megabytes; use 1 to 1024, for example 10",
        ),
    ],
)
def test_a_limit_out_of_range_is_refused(limits: dict[str, Any], line: str) -> None:
    assert refusal(limits=limits) == [line]


def test_the_metrics_are_told_to_loopback_unless_set() -> None:
    assert load().services[0].metrics_allow == ("127.0.0.0/8", "::1/128")
    some = load(services=[service(metrics_allow=["198.51.100.7", "2001:db8::/48"])])
    assert some.services[0].metrics_allow == ("198.51.100.7/32", "2001:db8::/48")


@pytest.mark.parametrize(
    "network", ["all", "198.51.100.7/24", "fe80::1%eth0", "1.2.3.4; allow all"]
)
def test_an_address_that_is_none_is_refused_for_the_metrics(network: str) -> None:
    (line,) = refusal(services=[service(metrics_allow=[network])])

    assert line.startswith("services[0].metrics_allow[0]: ")
    assert "is not an address or network; for example 198.51.100.7" in line


def test_hsts_is_refused_where_there_is_no_https() -> None:
    (line,) = refusal(edge={"mode": "direct-http", "hsts": True})

    assert line.startswith("edge.hsts: true does not go with edge.mode direct-http")
    assert load(edge={"mode": "direct", "hsts": True}).edge.hsts
