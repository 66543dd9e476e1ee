"""The ports of the load balancer on the WSL host: free, or its own already."""

from pathlib import Path
from typing import Any

import pytest

from components.load_balancer import way_in
from components.naming import StackName
from components.preflight.local_checks import host_problems
from settings import Service, Settings
from tests.unit.preflight_support import Fake
from tests.unit.settings_support import HCLOUD, service

DEV = StackName(project="vps-reverse-proxy", stack="dev")
UNIT = "etc/systemd/system/vps-tunnel.service"


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    return Fake(root=tmp_path)


def problems(fake: Fake, platform: str = "linux", **sections: Any) -> list[str]:
    settings = Settings.model_validate({"server": HCLOUD, **sections})
    return list(host_problems(settings, DEV, fake.machine(platform)))


def listening(fake: Fake, port: int, table: str = "tcp", state: str = "0A") -> None:
    fake.write(
        f"proc/net/{table}",
        "  sl  local_address rem_address   st tx_queue\n"
        f"   0: 0100007F:{port:04X} 00000000:0000 {state} 00000000:00000000\n",
    )


@pytest.mark.parametrize("table", ["tcp", "tcp6"])
def test_a_port_the_load_balancer_needs_may_not_be_taken(fake: Fake, table: str) -> None:
    listening(fake, 80, table)

    (problem,) = problems(fake, load_balancer={"enabled": True})

    assert "sudo ss -ltnp 'sport = :80'" in problem
    assert "load_balancer.port" in problem


def test_a_services_way_in_may_not_be_taken_either(fake: Fake) -> None:
    listening(fake, 18080)

    (problem,) = problems(fake, load_balancer={"enabled": True})

    assert "services[0].port" in problem


def test_a_connection_from_that_port_is_no_listener(fake: Fake) -> None:
    listening(fake, 80, state="01")

    assert problems(fake, load_balancer={"enabled": True}) == []


def test_without_the_load_balancer_its_port_is_nobodys_business(fake: Fake) -> None:
    listening(fake, 80)

    assert problems(fake) == []


def test_an_nginx_that_runs_already_may_hold_the_port(fake: Fake) -> None:
    listening(fake, 80)
    fake.write("run/nginx.pid", "42\n")
    fake.write("proc/42/comm", "nginx\n")

    assert problems(fake, load_balancer={"enabled": True}) == []


def test_our_own_load_balancer_may_hold_all_its_ports(fake: Fake) -> None:
    listening(fake, 18080)
    fake.write("etc/nginx/conf.d/vps-reverse-proxy-dev.conf", "")

    assert problems(fake, load_balancer={"enabled": True}) == []


@pytest.mark.parametrize("port", [1024, 8080, 55535, 55536, 65535])
def test_the_checked_ports_are_those_the_load_balancer_listens_on(port: int) -> None:
    checked = Service.model_validate(service(port=port, hostname="nmt.gonova.one"))

    assert way_in(checked) == f"127.0.0.1:{checked.balancer_port}"
