"""The ports of the load balancer on the WSL host: free, or its own already."""

import os
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from components.load_balancer import balancer_address
from components.preflight import Machine
from settings import Service
from tests.unit.preflight_support import Fake, problems
from tests.unit.settings_support import service


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    return Fake(root=tmp_path)


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

    assert balancer_address(checked) == f"127.0.0.1:{checked.balancer_port}"


def test_a_port_that_a_program_of_windows_has_is_refused(fake: Fake) -> None:
    fake.taken = 80

    (problem,) = problems(fake, load_balancer={"enabled": True})

    assert "netstat -abno | findstr :80" in problem
    assert problem.endswith("pulumi config set --path vps-reverse-proxy:load_balancer.port PORT")


def test_outside_wsl_nobody_looks_for_windows(fake: Fake) -> None:
    fake.write("proc/sys/kernel/osrelease", "6.1.0-18-amd64")
    fake.taken = 80

    assert problems(fake, load_balancer={"enabled": True}) == []


@pytest.mark.parametrize("uid", [0, os.getuid()])
def test_whether_a_port_can_be_listened_on_is_tried(tmp_path: Path, uid: int) -> None:
    def run(argv: Sequence[str]) -> "subprocess.CompletedProcess[str]":
        command = list(argv[2:] if argv[0] == "sudo" else argv)
        return subprocess.run(command, capture_output=True, text=True, check=False)

    machine = Machine(root=tmp_path, uid=uid, run=run)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        assert machine.taken_outside(port)
    assert not machine.taken_outside(port)
