"""Two stacks on one machine: a port that nginx has for the other one is refused."""

import subprocess
from pathlib import Path

import pytest

from components.load_balancer import render_load_balancer
from components.rendering import render, script
from components.reverse_proxy.site import render_upstreams
from components.sockets import Sockets
from tests.unit.components.conftest import Up
from tests.unit.components.samples import OTHER_STACK, STACK, settings


@pytest.fixture
def sites(tmp_path: Path) -> Path:
    """The sites of another stack, with the ports of nobody's choice."""
    some = settings(load_balancer={"enabled": True})
    texts = {
        "services": render_upstreams(
            stack=OTHER_STACK,
            services=some.services,
            proxy=some.proxy,
            sockets=Sockets(stack=OTHER_STACK, connections=2),
        ),
        "watch": render(
            "watch.conf.j2",
            owner=OTHER_STACK.owner,
            name="other",
            port=9080,
            outside_port=9081,
            allow=["192.0.2.0/24"],
        ),
        "balancer": render_load_balancer(
            stack=OTHER_STACK,
            services=some.services,
            proxy=some.proxy,
            limits=some.limits,
            port=80,
        ),
    }
    for name, text in texts.items():
        (tmp_path / f"vps-reverse-proxy-other-{name}.conf").write_text(text)
    return tmp_path


def refusal(sites: Path, own_ports: str, stack: str = STACK.owner) -> str:
    """What the step says to these ports; empty where it goes on."""
    text = script("nginx.sh").replace("/etc/nginx/conf.d", str(sites))
    text += "refuse_sites_ports() { :; }\n"  # test_nginx_others.py
    body = f"stack={stack} where='the VPS' own_ports='{own_ports}'\nrefuse_others_ports\n"
    done = subprocess.run(
        ["bash", "-s"],
        input=f"{script('stage.sh')}\n{script('lib.sh')}\n{text}\n{body}",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == bool(done.stderr)
    return done.stderr


@pytest.mark.parametrize(
    ("port", "setting", "file"),
    [
        (8081, "services[1].port", "services"),
        (9080, "watch.metrics_port", "watch"),
        (9081, "watch.metrics_port", "watch"),
        (18080, "services[0].port", "balancer"),
    ],
)
def test_a_port_of_another_stack_is_refused_with_its_setting(
    sites: Path, port: int, setting: str, file: str
) -> None:
    assert refusal(sites, f"7000=services[0].port {port}={setting}") == (
        f"error: vps-reverse-proxy:{setting}: nginx on the VPS listens on port {port} for the stack"
        f" {OTHER_STACK.owner} already ({sites}/vps-reverse-proxy-other-{file}.conf); give this"
        f" stack another: pulumi config set --path 'vps-reverse-proxy:{setting}' PORT\n"
    )


def test_other_ports_and_the_stacks_own_are_taken(sites: Path) -> None:
    assert refusal(sites, "808=services[0].port 7000=services[1].port 1908=x") == ""
    assert refusal(sites, "8080=services[0].port", stack=OTHER_STACK.owner) == ""


def test_without_any_site_nothing_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, "8080=services[0].port") == ""


def test_each_step_that_opens_such_ports_is_told_them_and_looks_first(up: Up) -> None:
    recorder = up(load_balancer={"enabled": True}, watch={"metrics_allow": ["192.0.2.10/32"]})

    for name, ports in {
        "proxy-site": "8080=services[0].port 8081=services[1].port",
        "balancer-site": "18080=services[0].port 18081=services[1].port",
        "watch-watcher": "9080=watch.metrics_port 9081=watch.metrics_port",
    }.items():
        stdin = recorder[name].inputs["stdin"]
        text = stdin if isinstance(stdin, str) else stdin["value"]
        assert f"own_ports='{ports}'\n" in text
        ensure = text.rpartition("ensure() {")[2]
        looks = ensure.index("refuse_others_ports")
        assert looks < ensure.index("put_config")
        assert "install_" not in ensure[:looks]
