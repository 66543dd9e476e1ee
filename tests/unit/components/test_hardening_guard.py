"""The two steps that change sshd and firewall, after the VPS has put the old ones back."""

import os
import subprocess
from pathlib import Path

import pytest

from components.hardening import guarded_files
from components.modes import MODES
from components.ports import OpenPort, open_ports
from tests.unit.components.samples import STACK
from tests.unit.components.sandbox import Sandbox
from tests.unit.components.test_templates import EDGE

GUARD = "var/lib/vps-reverse-proxy/guard-dev"
RULES = "etc/vps-reverse-proxy/dev-firewall.nft"
OLD = open_ports(MODES["full"], EDGE, ssh_port=22)
NEW = open_ports(MODES["full"], EDGE, ssh_port=22, ssh_allow=["192.0.2.0/24"])
# The programs of a machine that these steps look at or change, and what needs root.
FAKES = """
lock_packages() { :; }
install_packages() { echo "packages: $*" >>called; }
complete_sshd_file() { :; }
check_files() { :; }
check_in_force() { :; }
install_file() { mkdir -p "${2%/*}"; cp "$stage_dir/$1" "$2"; }
as_noted() { :; }
nft() { :; }
"""


class Vps(Sandbox):
    """One whose sshd and firewall are as a confirmed run left them."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        (folder / "etc/systemd/system").mkdir(parents=True)
        self.up(OLD)
        self.called()

    def step(self, phase: str, ports: tuple[OpenPort, ...]) -> "subprocess.CompletedProcess[str]":
        """Run one of the two steps."""
        values = {"table": "t", "phase": phase, "seconds": "60"}
        files = guarded_files(stack=STACK, user="admin", open_ports=ports)
        text = files["rollback"].replace("nft --file", "true").replace("/usr/sbin/sshd", "true")
        files["rollback"] = text
        return self.run("hardening.sh", "main ensure", values=values, files=files, fakes=FAKES)

    def change(self, ports: tuple[OpenPort, ...]) -> None:
        done = self.step("change", ports)
        assert done.returncode == 0, done.stderr

    def confirm(self, ports: tuple[OpenPort, ...]) -> str:
        """What went wrong; nothing when it was confirmed."""
        done = self.step("confirm", ports)
        assert (done.returncode == 0) == ("error: " not in done.stderr), done.stderr
        return done.stderr.partition("error: ")[2]

    def up(self, ports: tuple[OpenPort, ...]) -> str:
        """Both steps."""
        self.change(ports)
        return self.confirm(ports)

    def roll_back(self) -> int:
        """What the timer does after a minute; its exit status."""
        rollback = [str(self.folder / GUARD / "rollback"), str(self.folder / GUARD)]
        path = f"{self.folder}/bin:{os.environ['PATH']}"
        text = Path(rollback[0]).read_text().replace("PATH=", f"PATH={self.folder}/bin:")
        Path(rollback[0]).write_text(text)
        return subprocess.run(["bash", *rollback], check=False, env={"PATH": path}).returncode

    def rules(self) -> str:
        return self.read(RULES)


@pytest.fixture
def vps(tmp_path: Path) -> Vps:
    return Vps(tmp_path)


def test_a_change_is_kept_by_the_next_login(vps: Vps) -> None:
    assert vps.up(NEW) == ""

    assert "192.0.2.0/24" in vps.rules()
    assert not (vps.folder / GUARD).exists()


def test_a_changed_unit_is_enabled_anew_for_another_target_may_want_it(vps: Vps) -> None:
    vps.change(NEW)

    units = "vps-reverse-proxy-dev-rollback.timer vps-reverse-proxy-dev-firewall.service"
    assert f"systemctl reenable --quiet --no-reload {units}" in vps.called()


def test_after_a_lock_out_the_old_settings_are_no_failure(vps: Vps) -> None:
    vps.change(NEW)
    assert vps.roll_back() == 0
    assert "nobody could log in" in vps.confirm(NEW)

    assert vps.up(OLD) == ""

    assert "192.0.2.0/24" not in vps.rules()
    assert not (vps.folder / GUARD).exists()


def test_after_a_lock_out_that_nobody_heard_of_the_old_settings_are_no_failure(vps: Vps) -> None:
    vps.change(NEW)
    assert vps.roll_back() == 0

    assert vps.up(OLD) == ""


def test_after_a_lock_out_the_same_settings_are_tried_again_and_kept_by_a_login(vps: Vps) -> None:
    vps.change(NEW)
    assert vps.roll_back() == 0
    vps.confirm(NEW)

    assert "now in force again for 60 s" in vps.confirm(NEW)
    assert vps.confirm(NEW) == ""
    assert "192.0.2.0/24" in vps.rules()


def test_after_a_lock_out_that_was_undone_in_part_a_login_proves_nothing(vps: Vps) -> None:
    vps.change(NEW)
    vps.program("systemctl", '[ "$1" != daemon-reload ]')
    assert vps.roll_back() == 1
    vps.program("systemctl")

    assert "nobody could log in" in vps.confirm(NEW)
    assert vps.up(OLD) == ""
    assert "192.0.2.0/24" not in vps.rules()


def test_a_run_that_was_interrupted_is_not_taken_for_a_lock_out(vps: Vps) -> None:
    vps.change(NEW)
    assert vps.roll_back() == 0
    vps.program("date", "echo $(($(/bin/date +%s) + 600))")  # ten minutes later

    said = vps.confirm(NEW)

    assert "ssh_allow" not in said
    assert "interrupted before a login proved" in said
    assert vps.confirm(NEW) == ""


def test_it_says_that_the_firewalls_package_is_wanted_also_where_it_is_there(vps: Vps) -> None:
    vps.change(OLD)

    assert "packages: nftables nftables" in vps.called()


@pytest.mark.parametrize("there", [True, False])
def test_the_firewall_goes_and_one_that_is_gone_keeps_nothing_else(
    tmp_path: Path, *, there: bool
) -> None:
    vps = Sandbox(tmp_path)
    vps.write(RULES)
    vps.program("nft", ":" if there else "exit 127")
    packages = "lock_packages() { :; }; remove_packages() { echo packages; }"

    done = vps.run("hardening.sh", "absent", values={"table": "t", "seconds": "60"}, fakes=packages)

    assert (done.returncode, done.stdout) == (0, "packages\n")
    assert not (vps.folder / RULES).exists()
    assert ("nft delete table inet t" in vps.called()) == there
