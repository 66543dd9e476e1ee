"""What keeps a closed VPS well by itself."""

import subprocess
from pathlib import Path

import pytest

from components.rendering import render, script
from components.upkeep import upkeep_files
from tests.unit.components.conftest import Up
from tests.unit.components.samples import EXISTING, STACK
from tests.unit.components.sandbox import Sandbox
from tests.unit.components.test_templates import EDGE, expected
from tests.unit.settings_support import HCLOUD

PACKAGES = """\
lock_packages() { :; }
install_packages() { :; }
remove_packages() { :; }
installed() { [ "$1" != debsums ] || $has_it; }
library=$PWD/lib
"""


def files(reboot_window: str = "04:00") -> dict[str, str]:
    """What upkeep.sh is given."""
    return upkeep_files(stack=STACK, reboot_window=reboot_window, ssh_port=22, edge_ranges=EDGE)


def test_the_files_of_the_upkeep_are_the_golden_ones() -> None:
    found = files()

    for program in ("holds-tunnel", "nginx-outdated"):
        assert found.pop(program) == script(f"{program}.sh")
    assert found == {name: expected(name) for name in found}


def test_a_vps_that_must_never_reboot_by_itself_does_not() -> None:
    text = files("never")["apt-upgrades.conf"]

    assert 'Automatic-Reboot "false";' in text
    assert "Automatic-Reboot-Time" not in text


def test_no_jail_shuts_out_the_edge_or_who_holds_a_tunnel() -> None:
    text = files()["fail2ban.conf"]
    jails = text.split("\n[")[1:]

    assert len(jails) == 2
    for jail in jails:
        assert "ignoreip = 127.0.0.0/8 ::1 198.51.100.0/24 2001:db8:ed6e::/48\n" in jail
        assert "\nignorecommand = /usr/local/lib/vps-reverse-proxy/holds-tunnel-dev <ip>" in jail


def test_the_sandbox_of_nginx_is_the_golden_one() -> None:
    text = render("nginx-sandbox.conf.j2", owner=STACK.owner)

    assert text == expected("nginx-sandbox.conf")


def test_a_rented_vps_is_kept_well_and_its_nginx_is_confined_before_it_starts(up: Up) -> None:
    recorder = up(server={**HCLOUD, "reboot_window": "03:15"})

    assert "03:15" in recorder["upkeep-packages"].text("stdin")
    assert "ProtectSystem=strict" in recorder["proxy-packages"].text("stdin")


def test_a_closed_vps_takes_no_weak_password(up: Up) -> None:
    packages = up()["upkeep-packages"].text("stdin").partition("\npackages=(")[2]

    assert "libpam-passwdqc" in packages.partition(")")[0].split()


@pytest.mark.parametrize(
    ("before", "has_it"),
    [
        (None, False),
        ("CRON_CHECK=never\n", True),
        ("CRON_CHECK=never\n", False),  # removed, and not purged
    ],
)
def test_a_closed_vps_looks_weekly_for_changed_files_of_packages_unless_its_owner_decided(
    tmp_path: Path, before: str | None, *, has_it: bool
) -> None:
    machine = Sandbox(tmp_path)
    settings = tmp_path / "etc/default/debsums"
    if before is not None:
        machine.write("etc/default/debsums", before)
    fakes = f"{PACKAGES}has_it={str(has_it).lower()}\n"

    for verb, left in (
        ("ensure", expected("debsums")),
        ("ensure", expected("debsums")),
        ("absent", None),
    ):
        done = machine.run("upkeep.sh", f"main {verb}", files=files(), fakes=fakes)
        assert done.returncode == 0, done.stderr
        assert (settings.read_text() if settings.exists() else None) == (before or left)


def asked_for(folder: Path, *kernels: str, running: str, packaged: bool = True) -> str:
    """For which packages a reboot is asked for, where these kernels are installed."""
    machine = Sandbox(folder)
    machine.program("uname", f"echo {running}")
    (folder / "boot").mkdir()
    for kernel in kernels:
        machine.write(f"boot/vmlinuz-{kernel}")
    fakes = f"boot=$PWD/boot; installed() {{ {str(packaged).lower()}; }}"
    for _ in range(2):  # said once, however often the step runs
        done = machine.run("upkeep.sh", "ask_for_reboot", fakes=fakes)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    reasons = folder / "run/reboot-required.pkgs"
    assert reasons.exists() == (folder / "run/reboot-required").exists()
    return reasons.read_text() if reasons.exists() else ""


def test_a_kernel_that_came_before_its_hook_asks_for_a_reboot(tmp_path: Path) -> None:
    found = asked_for(
        tmp_path, "6.1.0-9-amd64", "6.1.0-10-amd64", "6.1.0-25-amd64", running="6.1.0-9-amd64"
    )

    assert found == "linux-image-6.1.0-25-amd64\n"


@pytest.mark.parametrize(
    ("kernels", "running"),
    [
        (["6.1.0-9-amd64", "6.1.0-10-amd64"], "6.1.0-10-amd64"),
        (["6.1.0-9-amd64"], "6.8.0-host"),  # a container
        ([], "6.8.0-host"),
    ],
)
def test_a_machine_with_its_newest_kernel_or_with_none_of_its_own_is_not_rebooted(
    tmp_path: Path, kernels: list[str], running: str
) -> None:
    assert asked_for(tmp_path, *kernels, running=running) == ""


def test_a_kernel_that_no_package_brought_asks_for_nothing(tmp_path: Path) -> None:
    kernels = ["6.1.0-9-amd64", "6.1.0-9-amd64.old"]

    assert asked_for(tmp_path, *kernels, running="6.1.0-9-amd64", packaged=False) == ""


def test_a_machine_of_the_users_is_left_to_its_user(up: Up) -> None:
    recorder = up(server=EXISTING)

    assert not recorder.named("Upkeep")
    assert "ProtectSystem" not in recorder["proxy-packages"].text("stdin")


@pytest.mark.parametrize(
    ("mapped", "asked"),
    [
        ("/usr/lib/x86_64-linux-gnu/libssl.so.3 (deleted)", "nginx\n"),
        ("/usr/lib/x86_64-linux-gnu/libssl.so.3", ""),
        ("/dev/zero (deleted)", ""),  # nginx's shared memory
    ],
)
def test_a_reboot_is_asked_for_where_nginx_runs_with_a_replaced_library(
    tmp_path: Path, mapped: str, asked: str
) -> None:
    (tmp_path / "proc/7").mkdir(parents=True)
    (tmp_path / "proc/7/maps").write_text(f"7f00-7f01 r-xp 00000000 08:01 9    {mapped}\n")
    (tmp_path / "run").mkdir()
    pgrep = tmp_path / "pgrep"
    pgrep.write_text("#!/bin/sh\necho 7\n")
    pgrep.chmod(0o755)
    text = script("nginx-outdated.sh").replace("PATH=", f"PATH={tmp_path}:")
    for place in ("/proc/", "/run/"):
        text = text.replace(place, f"{tmp_path}{place}")

    for _ in range(2):  # said once, however often it is asked
        subprocess.run(["bash", "-s"], input=text, text=True, check=True)

    reasons = tmp_path / "run/reboot-required.pkgs"
    assert (reasons.read_text() if reasons.exists() else "") == asked
    assert (tmp_path / "run/reboot-required").exists() == bool(asked)
