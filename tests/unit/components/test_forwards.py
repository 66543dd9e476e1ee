"""Where the tunnel leads, with and without the load balancer."""

import pytest

from components.load_balancer import balancer_address, forwards
from tests.unit.components.samples import settings


def test_without_the_load_balancer_each_forward_reaches_the_service_itself() -> None:
    some = settings()

    assert [(one.name, one.target) for one in forwards(some.services, some.load_balancer)] == [
        ("asr", "127.0.0.1:8001"),
        ("tts", "127.0.0.1:8002"),
    ]


def test_with_the_load_balancer_each_forward_has_a_way_in_of_its_own() -> None:
    some = settings(load_balancer={"enabled": True})

    assert [(one.name, one.target) for one in forwards(some.services, some.load_balancer)] == [
        ("asr", "127.0.0.1:18080"),
        ("tts", "127.0.0.1:18081"),
    ]


@pytest.mark.parametrize(
    ("port", "expected"), [(1024, 11024), (55535, 65535), (55536, 45536), (65535, 55535)]
)
def test_every_port_has_a_way_in_that_is_a_port(port: int, expected: int) -> None:
    (service,) = settings(
        services=[{"name": "nmt", "port": port, "upstreams": ["127.0.0.1:9000"]}]
    ).services

    assert balancer_address(service) == f"127.0.0.1:{expected}"
