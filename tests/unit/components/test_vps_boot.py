"""The first login to a VPS."""

from pathlib import Path

import pytest

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


UFW = """\
Status: active
Logging: on (low)
Default: deny (incoming), allow (outgoing), disabled (routed)
New profiles: skip

To                         Action      From
--                         ------      ----
22/tcp (OpenSSH)           ALLOW IN    Anywhere
{rule}
22/tcp (OpenSSH (v6))      ALLOW IN    Anywhere (v6)
"""
"""As Ubuntu 26.04's tells it."""


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        ("", [80, 443]),
        ("80,443/tcp (Nginx Full)    ALLOW IN    Anywhere", []),
        ("80/tcp                     ALLOW IN    173.245.48.0/20", [443]),
        ("80                         LIMIT IN    Anywhere", [443]),
        ("1:1000/tcp                 ALLOW IN    Anywhere", []),
        ("443/udp (Nginx QUIC)       ALLOW IN    Anywhere", [80, 443]),
        ("80/tcp                     DENY IN     Anywhere", [80, 443]),
        ("8080/tcp                   ALLOW IN    Anywhere", [80, 443]),
        ("80/tcp                     ALLOW OUT   Anywhere", [80, 443]),
    ],
)
def test_what_the_firewall_of_a_machine_of_ones_own_keeps_out_is_told_and_nothing_is_opened(
    tmp_path: Path, rule: str, kept: list[int]
) -> None:
    vps = Sandbox(tmp_path)
    (tmp_path / "said").write_text(UFW.format(rule=rule))
    vps.program("ufw", f"cat {tmp_path}/said")
    vps.program("apt-get", "")

    (tmp_path / "run/systemd/system").mkdir(parents=True)
    done = vps.run("vps-boot.sh", "ensure", values={"ports": "22 80 443", "rented": "no"})

    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == [
        f"warning: ufw on the VPS lets nobody in on port {port}:"
        f" type there: sudo ufw allow {port}/tcp"
        for port in kept
    ]
    assert vps.called() == ["ufw status verbose"]


@pytest.mark.parametrize(
    "said",
    ["Status: inactive\n", UFW.format(rule="").replace("deny (incoming)", "allow (incoming)")],
)
def test_a_firewall_that_keeps_nobody_out_is_not_told_of(tmp_path: Path, said: str) -> None:
    vps = Sandbox(tmp_path)
    (tmp_path / "said").write_text(said)
    vps.program("ufw", f"cat {tmp_path}/said")

    done = vps.run("vps-boot.sh", "tell_of_firewall", values={"ports": "22 80"})

    assert (done.returncode, done.stderr) == (0, "")


def test_the_port_of_the_watchers_figures_is_one_of_them(up: Up) -> None:
    step = up(watch={"metrics_allow": ["198.51.100.7"]})["vps-boot"].text("stdin")

    (line,) = [line for line in step.splitlines() if line.startswith("ports=")]
    assert line == "ports='22 80 443 9081'"
