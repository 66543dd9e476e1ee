"""Settings that are right by themselves and clash with others."""

from collections.abc import Iterator
from typing import Any

import pytest
from pulumi.runtime import set_all_config

from tests.unit.settings_support import EXISTING, load, refusal, service


@pytest.fixture(autouse=True)
def _no_configuration(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("PULUMI_CONFIG", raising=False)
    yield
    set_all_config({}, [])


@pytest.mark.parametrize(
    ("sections", "mistake"),
    [
        (
            {"services": [service(hostname="nmt.example.org")]},
            (
                'services[0].hostname: "nmt.example.org" is not in the zone gonova.one; use for'
                " example nmt.gonova.one, or change edge.zone"
            ),
        ),
        (
            {"services": [service(hostname="evil-gonova.one")]},
            (
                'services[0].hostname: "evil-gonova.one" is not in the zone gonova.one; use for'
                " example nmt.gonova.one, or change edge.zone"
            ),
        ),
        (
            {"edge": {"dns": "manual"}},
            (
                'edge.dns: "manual" does not go with edge.mode flexible: only records at'
                " Cloudflare send visitors through Cloudflare; set edge.mode to direct or"
                " direct-http, or edge.dns to cloudflare"
            ),
        ),
        (
            {"services": [{"name": "asr"}, service(hostname="asr.gonova.one")]},
            (
                'services[1].hostname: "asr.gonova.one" is already the hostname of services[0];'
                " every service needs its own"
            ),
        ),
        (
            {"services": [{"name": "asr"}, service(port=8080)]},
            (
                'services[1].port: "8080" is already the port of services[0];'
                " every service needs its own"
            ),
        ),
        (
            {"services": [service(metrics_path="/health")]},
            'services[0].metrics_path: "/health" is already its health_path; use another path',
        ),
        (
            {"services": [service(upstreams=["127.0.0.1:1", "127.0.0.1:2"])]},
            (
                "services[0].upstreams: 2 upstreams need the load balancer; set"
                " load_balancer.enabled to true, or keep one"
            ),
        ),
        (
            {
                "services": [service(upstreams=["127.0.0.1:1", "127.0.0.1:1"])],
                "load_balancer": {"enabled": True},
            },
            'services[0].upstreams[1]: "127.0.0.1:1" is listed twice; remove one',
        ),
        (
            {
                "services": [service(upstreams=["localhost:80"])],
                "load_balancer": {"enabled": True},
            },
            (
                'services[0].upstreams[0]: "localhost:80" is where the load balancer itself listens'
                " (from load_balancer.port); change one of them"
            ),
        ),
        (
            {
                "services": [service(upstreams=["127.0.0.1:18082"])],
                "load_balancer": {"enabled": True},
            },
            (
                'services[0].upstreams[0]: "127.0.0.1:18082" is where the load balancer itself'
                " listens (from services[0].port); change one of them"
            ),
        ),
        (
            {"services": [service()], "load_balancer": {"enabled": True, "port": 18082}},
            (
                "services[0].port: 8082 makes the load balancer listen on 18082, as"
                " load_balancer.port does; use another"
            ),
        ),
        (
            {"server": {**EXISTING, "port": 8082}, "services": [service()]},
            "services[0].port: 8082 is the port of the VPS's sshd (server.port); use another",
        ),
        (
            {"server": {**EXISTING, "ssh_allow": ["192.0.2.0/24"]}},
            (
                "server.ssh_allow: closes nothing on a machine of yours, whose firewall stays as it"
                " is; set server.harden to true, or remove it"
            ),
        ),
        (
            {"server": {**EXISTING, "user": "root", "harden": True}},
            (
                "server.harden: closes root's login, and server.user is root; make an account with"
                " sudo there and name it in server.user"
            ),
        ),
        (
            {"tunnel": {"account": "admin"}},
            (
                'tunnel.account: "admin" is the VPS\'s administrator (server.admin); the tunnel'
                " needs an account of its own, for example tunnel"
            ),
        ),
    ],
)
def test_settings_that_clash_are_refused(sections: dict[str, Any], mistake: str) -> None:
    assert refusal(**sections) == [mistake]


def test_one_upstream_elsewhere_may_have_the_load_balancers_port() -> None:
    load(services=[service(upstreams=["192.0.2.7:80"])], load_balancer={"enabled": True})
