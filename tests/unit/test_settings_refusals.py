"""Mistakes within one setting, each refused with its place and a remedy."""

from collections.abc import Iterator
from typing import Any

import pytest
from pulumi.runtime import set_all_config

from settings.server import server_models
from tests.unit.settings_support import EXISTING, HCLOUD, HOST_KEY, refusal, service

PROVIDERS = ", ".join(server_models())


@pytest.fixture(autouse=True)
def _no_configuration(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("PULUMI_CONFIG", raising=False)
    yield
    set_all_config({}, [])


@pytest.mark.parametrize(
    ("sections", "mistake"),
    [
        ({"server": None}, f"server.provider: is missing; use one of {PROVIDERS}"),
        ({"server": {"size": "cx23"}}, "server.provider: is missing"),
        (
            {"server": {"provider": "aws"}},
            f'server.provider: "aws" is not one of {PROVIDERS}',
        ),
        ({"server": "hcloud"}, "is not an object; write its keys below it"),
        ({"server": [1]}, "server: a list is not an object"),
        (
            {"server": {**HCLOUD, "image": "debian-11"}},
            'server.image: "debian-11" is not one of debian-12, debian-13',
        ),
        ({"server": {**HCLOUD, "region": "nbg1;"}}, "server.region: "),
        ({"server": {**HCLOUD, "admin": "root"}}, "server.admin: "),
        (
            {"server": {**HCLOUD, "authorized_keys": ["ssh-dss AAAA"]}},
            "server.authorized_keys[0]: ",
        ),
        (
            {"server": {"provider": "existing"}},
            "server.address: is missing; set it, for example 203.0.113.5",
        ),
        ({"server": {**EXISTING, "address": "0.0.0.0"}}, "server.address: "),
        ({"server": {**EXISTING, "address": "fe80::1%eth0"}}, "server.address: "),
        ({"server": {**EXISTING, "port": "22"}}, 'server.port: "22" is not a whole number'),
        ({"server": {**EXISTING, "port": True}}, "server.port: true is not a whole number"),
        ({"server": {**EXISTING, "key_file": "keys/vps"}}, "server.key_file: "),
        (
            {"server": {**EXISTING, "host_key": HOST_KEY.replace("ed25519", "rsa")}},
            "is not an ed25519 host key",
        ),
        (
            {"server": {**EXISTING, "host_key": HOST_KEY[:-5]}},
            "is not a whole key",
        ),
        ({"services": []}, "services: is empty; it needs at least one entry"),
        ({"services": {"asr": {}}}, "services: an object is not a list"),
        ({"services": [7]}, "services[0]: 7 is not an object"),
        ({"services": [{}]}, "services[0].name: is missing"),
        ({"services": [{"name": "nmt"}]}, "services[0].port: is missing; set it, for example 8082"),
        ({"services": [service(upstreams=[])]}, "services[0].upstreams: is empty"),
        (
            {"services": [service(upstreams="127.0.0.1:1")]},
            'services[0].upstreams: "127.0.0.1:1" is not a list',
        ),
        ({"services": [service(upstreams=["8001"])]}, "services[0].upstreams[0]: "),
        ({"services": [service(port=443)]}, "services[0].port: 443 is not a port"),
        ({"services": [service(stream_path="v1")]}, "services[0].stream_path: "),
        ({"services": [service(health_path="/")]}, "services[0].health_path: "),
        ({"services": [service(metrics_path="/a/../b")]}, "services[0].metrics_path: "),
        ({"services": [service(prot=1)]}, 'services[0].prot: no such key; did you mean "port"?'),
        ({"services": [service(stream_timeout="1 hour")]}, "services[0].stream_timeout: "),
        ({"edge": {"zone": "Gonova.One"}}, "edge.zone: "),
        ({"edge": {"mode": "ful"}}, 'edge.mode: "ful" is not one of direct-http, direct,'),
        ({"edge": {"dns": "route53"}}, 'edge.dns: "route53" is not one of cloudflare, manual'),
        ({"edge": {"ssl_scope": "all"}}, 'edge.ssl_scope: "all" is not one of hostnames, zone'),
        ({"tunnel": {"unit": "nginx"}}, 'tunnel.unit: "nginx" is an account of the system'),
        ({"tunnel": {"unit": "a" * 32}}, "tunnel.unit: "),
        ({"tunnel": {"unit": "vps-tunnel.service"}}, "tunnel.unit: "),
        ({"tunnel": {"adopt_host": "yes"}}, 'tunnel.adopt_host: "yes" is not true or false'),
        ({"tunnel": {"connections": 0}}, "tunnel.connections: 0 is not a number of connections"),
        ({"tunnel": {"connections": 17}}, "tunnel.connections: 17 is not a number of"),
        ({"tunnel": {"connections": "4"}}, "tunnel.connections: "),
        ({"proxy": {"stream_timeout": "25h"}}, "proxy.stream_timeout: "),
        ({"proxy": {"connect_timeout": 1}}, "proxy.connect_timeout: 1 is out of range; use 5s"),
        ({"proxy": "fast"}, 'proxy: "fast" is not an object'),
        ({"load_balancer": {"enabled": 1}}, "load_balancer.enabled: 1 is not true or false"),
        ({"load_balancer": {"port": 80.5}}, "load_balancer.port: 80.5 is not a whole number"),
        ({"servr": HCLOUD}, 'servr: no such key; did you mean "server"?'),
        ({"zzz": "1"}, "zzz: no such key; there are server, services, edge"),
    ],
)
def test_a_mistake_is_refused_with_its_place_and_a_remedy(
    sections: dict[str, Any], mistake: str
) -> None:
    mistakes = refusal(**sections)

    assert any(mistake in line for line in mistakes), mistakes
