"""The first login to a VPS."""

from pathlib import Path

from tests.unit.components.conftest import Up
from tests.unit.components.sandbox import Sandbox


def test_the_images_own_firewall_lets_in_every_port_that_is_open(tmp_path: Path) -> None:
    vps = Sandbox(tmp_path)
    vps.program("ufw", 'test "$1" != status || echo "Status: active"')

    done = vps.run("vps-boot.sh", "open_image_firewall", values={"ports": "22 443 9081"})

    assert (done.returncode, done.stderr) == (0, "")
    allowed = ["ufw allow 22/tcp", "ufw allow 443/tcp", "ufw allow 9081/tcp"]
    assert vps.called() == ["ufw status", *allowed]


def test_an_image_without_such_a_firewall_is_left_alone(tmp_path: Path) -> None:
    vps = Sandbox(tmp_path)
    vps.program("ufw", "echo Status: inactive")

    assert vps.run("vps-boot.sh", "open_image_firewall", values={"ports": "22"}).returncode == 0
    assert vps.called() == ["ufw status"]


def test_the_port_of_the_watchers_figures_is_one_of_them(up: Up) -> None:
    step = up(watch={"metrics_allow": ["198.51.100.7"]})["vps-boot"].text("stdin")

    (line,) = [line for line in step.splitlines() if line.startswith("ports=")]
    assert line == "ports='22 80 443 9081'"
