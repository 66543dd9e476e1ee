"""The first login to a VPS."""

from pathlib import Path

import pytest

from tests.unit.components.conftest import Up
from tests.unit.components.samples import EXISTING
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
    values = {"ports": "22 80 443", "ssh_port": "22", "rented": "no"}
    done = vps.run("vps-boot.sh", "ensure", values=values)

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

    values = {"ports": "22 80", "ssh_port": "22"}
    done = vps.run("vps-boot.sh", "tell_of_firewall", values=values)

    assert (done.returncode, done.stderr) == (0, "")


ANYWHERE = "Anywhere                   # of mine"
HOME = "203.0.113.0/24"


@pytest.mark.parametrize(
    ("rules", "command"),
    [
        # As Ubuntu 24.04's ufw tells what `ufw limit` has made.
        (["22/tcp|LIMIT|Anywhere", "22/tcp (v6)|LIMIT|Anywhere (v6)"], "22/tcp"),
        ([f"22/tcp (OpenSSH)|LIMIT|{ANYWHERE}"], "OpenSSH"),
        (["22/tcp (My SSH (v6))|LIMIT|Anywhere (v6)"], "'My SSH'"),
        (["22|LIMIT|Anywhere", "22/tcp|ALLOW|Anywhere"], "22"),
        (["20,22/tcp (v6)|LIMIT|Anywhere (v6)"], "20,22/tcp"),
        ([f"20:30/tcp|LIMIT|{HOME}"], "20:30/tcp"),
        (["22 on eth0|LIMIT|Anywhere"], "22"),
        (["22 (v6) on eth0|LIMIT|Anywhere (v6)"], "22"),
        # The first one that fits is in force.
        ([f"22/tcp|ALLOW|{HOME}", "22/tcp|LIMIT|Anywhere"], None),
        (["22/tcp|DENY|192.0.2.7", "22/tcp|LIMIT|Anywhere"], "22/tcp"),
        (["2222/tcp|LIMIT|Anywhere", "22/tcp|ALLOW|Anywhere"], None),
        (["22/udp|LIMIT|Anywhere", "22/tcp|ALLOW|Anywhere"], None),
        (["80/tcp|LIMIT|Anywhere", "22/tcp|ALLOW|Anywhere"], None),
    ],
)
@pytest.mark.parametrize("default", ["deny", "allow"])
def test_a_firewall_that_would_shut_the_tunnel_out_for_its_attempts_is_refused(
    tmp_path: Path, rules: list[str], command: str | None, default: str
) -> None:
    vps = Sandbox(tmp_path)
    lines = [f"{to:<26} {action + ' IN':<11} {who}" for to, action, who in map(_parts, rules)]
    said = UFW.replace("22/tcp (OpenSSH", "222/tcp (Other").format(rule="\n".join(lines))
    (tmp_path / "said").write_text(said.replace("deny (incoming)", f"{default} (incoming)"))
    vps.program("ufw", f"cat {tmp_path}/said")
    vps.program("apt-get")
    (tmp_path / "run/systemd/system").mkdir(parents=True)

    values = {"ports": "22", "ssh_port": "22", "rented": "no"}
    done = vps.run("vps-boot.sh", "ensure", values=values)

    assert done.returncode == (command is not None), done.stderr
    if command is None:
        assert done.stderr == ""
    else:
        assert done.stderr.startswith("error: ufw on the VPS limits how often one address may")
        assert f"type there: sudo ufw allow {command} (it takes" in done.stderr
    assert vps.called() == ["ufw status verbose"]


def _parts(rule: str) -> list[str]:
    return rule.split("|")


def test_that_firewall_does_not_keep_a_stack_from_being_destroyed(tmp_path: Path) -> None:
    vps = Sandbox(tmp_path)
    vps.program("ufw", "echo Status: active; echo '22/tcp  LIMIT IN  Anywhere'")

    done = vps.run("vps-boot.sh", "main absent", values={"ssh_port": "22", "rented": "no"})

    assert (done.returncode, done.stderr) == (0, "")


def test_the_port_of_ssh_is_the_one_that_is_dialled(up: Up) -> None:
    step = up(server={**EXISTING, "port": 2222})["vps-boot"].text("stdin")

    assert "\nssh_port=2222\n" in step


def test_the_port_of_the_watchers_figures_is_one_of_them(up: Up) -> None:
    step = up(watch={"metrics_allow": ["198.51.100.7"]})["vps-boot"].text("stdin")

    (line,) = [line for line in step.splitlines() if line.startswith("ports=")]
    assert line == "ports='22 80 443 9081'"
