"""The lab's hosts: real machines that boot, reboot, are rented, filtered and removed."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator

import pytest

from lab import cgroups, hosts, lifecycle
from lab.hostspec import host_dir
from lab.machines import FirewallRule, LabMachines, OutboundRule
from lab.namespaces import netns_file
from lab.paths import checkout_dir
from tests.e2e.harness import Lab
from tests.e2e.probes import bin_lab, command, ping, reaches
from tests.e2e.waiting import until

MACHINE = "test-77"
ADDRESS, ADDRESS6 = "203.0.113.77", "2001:db8:100:77::1"


@pytest.fixture(scope="module")
def rented(lab: Lab) -> Iterator[LabMachines]:
    """A machine as a cloud's API rents it, with a server on port 8099 beside sshd."""
    machines = LabMachines(lab.name)
    machines.create(
        MACHINE,
        image="debian-12",
        address=ADDRESS,
        address6=f"{ADDRESS6}/64",
        hostname="rented",
        user_data="#cloud-config\nwrite_files:\n- {path: /root/born, content: born}\n",
    )
    hosts.wait_booted(lab.name, MACHINE)
    lab.sh(MACHINE, "systemd-run --quiet nc -6 -lk 8099")
    yield machines
    machines.delete(MACHINE)


def test_exec_passes_input_output_and_exit_status_through(lab: Lab) -> None:
    done = command(
        lab.name, "exec", "wsl", "--", "sh", "-c", "cat; echo oops >&2; exit 7", given="hi"
    )
    assert (done.returncode, done.stdout, done.stderr) == (7, "hi", "oops\n")


def test_exec_hands_an_interrupt_on_to_the_command(lab: Lab) -> None:
    script = "trap 'echo interrupted; exit 5' INT; echo ready; while :; do sleep 0.1; done"
    with subprocess.Popen(
        bin_lab(lab.name, "exec", "wsl", "--", "bash", "-c", script),
        stdout=subprocess.PIPE,
        text=True,
        cwd=checkout_dir(),
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
        child.send_signal(signal.SIGINT)
        assert child.stdout.read() == "interrupted\n"
    assert child.returncode == 5


def test_exec_on_a_host_that_does_not_exist_names_those_that_do(lab: Lab) -> None:
    done = command(lab.name, "exec", "nohost", "--", "true")
    assert done.returncode == 1
    assert "nohost" in done.stderr
    assert "wsl" in done.stderr


def test_status_lists_every_host_with_its_role_and_address(lab: Lab, rented: LabMachines) -> None:
    done = command(lab.name, "status", "--json")
    listed = {
        host["name"]: (host["role"], host["address"]) for host in json.loads(done.stdout)["hosts"]
    }
    expected = {
        "infra": ("infra", "192.0.2.53"),
        "edge": ("edge", "198.51.100.10"),
        "client": ("client", "192.0.2.10"),
        "wsl": ("wsl", "192.0.2.130"),
        MACHINE: ("vps", ADDRESS),
    }
    assert done.returncode == 0
    assert expected.items() <= listed.items()


def test_a_lab_that_is_not_up_has_no_hosts_and_status_three() -> None:
    done = command("absent", "status", "--json")
    assert done.returncode == 3
    assert json.loads(done.stdout)["hosts"] == []


def test_a_second_up_boots_nothing_again(lab: Lab) -> None:
    before = {name: hosts.state(lab.name, name).boots for name in ("edge", "wsl")}
    since = time.monotonic()
    lifecycle.up(lab.name)
    assert time.monotonic() - since < 10  # a second, usually; booting them all takes longer
    assert {name: hosts.state(lab.name, name).boots for name in before} == before


def test_a_reboot_from_inside_keeps_files_and_address_and_forgets_rules(lab: Lab) -> None:
    name = "edge"
    lab.sh(name, "echo kept >/root/kept; nft add table inet forgotten")
    before = lab.on(name, "cat", "/etc/machine-id").text
    boots = hosts.state(lab.name, name).boots
    lab.on(name, "systemctl", "reboot", check=False)
    hosts.wait_booted(lab.name, name, boots=boots + 1)
    assert lab.on(name, "cat", "/root/kept", "/etc/machine-id").text == f"kept\n{before}"
    assert "198.51.100.10/32" in lab.on(name, "ip", "address").text
    assert "forgotten" not in lab.on(name, "nft", "list", "ruleset").text


def test_a_host_reboots_while_commands_run_inside_and_they_end_with_it(lab: Lab) -> None:
    name = "edge"
    boots = hosts.state(lab.name, name).boots
    inside = [
        subprocess.Popen(
            [*hosts.entry(lab.name, name), "bash", "-c", "echo runs; exec sleep 600"],
            stdout=subprocess.PIPE,
            text=True,
            cwd="/",
        )
        for _ in range(3)
    ]
    try:
        for child in inside:
            assert child.stdout is not None
            assert child.stdout.readline() == "runs\n"
        lab.on(name, "systemctl", "reboot", check=False)
        # For a moment the host's systemd stops all it finds, and then ends it.
        hosts.wait_booted(lab.name, name, boots=boots + 1)
        assert all(child.wait(10) for child in inside)
    finally:
        for child in inside:
            child.kill()
            child.communicate()
    assert ping(lab, "client", "198.51.100.10", "-c1", "-W2")[0] == 0


def test_a_process_is_told_by_its_number_inside_also_where_the_shell_has_the_command(
    lab: Lab,
) -> None:
    pid = lab.sh("edge", "sleep 600 >/dev/null 2>&1 & echo $!").text.strip()

    lab.on("edge", "kill", "-9", pid)

    assert lab.on("edge", "kill", "-0", pid, check=False).code == 1


def test_the_wsl_host_looks_like_wsl_and_still_does_after_a_reboot(lab: Lab) -> None:
    def looks() -> str:
        return lab.sh(
            "wsl", "cat /proc/sys/kernel/osrelease; test -d /run/WSL; test -f /etc/wsl.conf"
        ).text

    assert looks() == "6.6.87.2-microsoft-standard-WSL2\n"
    boots = hosts.state(lab.name, "wsl").boots
    lab.on("wsl", "systemctl", "reboot", check=False)
    hosts.wait_booted(lab.name, "wsl", boots=boots + 1)
    assert looks() == "6.6.87.2-microsoft-standard-WSL2\n"


def test_a_providers_firewall_filters_and_lets_answers_in(lab: Lab, rented: LabMachines) -> None:
    def open_ports() -> set[tuple[str, int]]:
        return {
            (address, port)
            for address in (ADDRESS, ADDRESS6)
            for port in (22, 8099)
            if reaches(lab, "client", address, port)
        }

    everything = {(ADDRESS, 22), (ADDRESS6, 22), (ADDRESS, 8099), (ADDRESS6, 8099)}
    until(lambda: open_ports() == everything, seconds=10, what="both servers are open")
    anywhere = FirewallRule(protocol="tcp", ports=(22, 22), sources=("0.0.0.0/0", "::/0"))
    rented.set_firewall(MACHINE, [anywhere])
    assert open_ports() == {(ADDRESS, 22), (ADDRESS6, 22)}
    assert ping(lab, "client", ADDRESS, "-c1", "-W1")[0] == 1
    assert ping(lab, MACHINE, "192.0.2.10", "-c1", "-W2")[0] == 0
    rented.set_firewall(MACHINE, [])
    assert open_ports() == set()
    rented.set_firewall(MACHINE, None)
    assert open_ports() == everything


def test_a_providers_firewall_also_filters_what_a_machine_opens_itself(
    lab: Lab, rented: LabMachines
) -> None:
    def looks_up() -> bool:
        return lab.on(MACHINE, "getent", "hosts", "deb.debian.org", check=False).code == 0

    anywhere = ("0.0.0.0/0", "::/0")
    ssh = FirewallRule(protocol="tcp", ports=(22, 22), sources=anywhere)
    try:
        rented.set_firewall(MACHINE, [ssh], outbound=[])
        assert ping(lab, MACHINE, "192.0.2.10", "-c1", "-W1")[0] == 1
        assert reaches(lab, "client", ADDRESS, 22)  # answers pass
        names = OutboundRule(protocol="udp", ports=(53, 53), destinations=anywhere)
        rented.set_firewall(MACHINE, [ssh], outbound=[names])
        assert looks_up()
        assert ping(lab, MACHINE, "192.0.2.10", "-c1", "-W1")[0] == 1
    finally:
        rented.set_firewall(MACHINE, None)
    assert ping(lab, MACHINE, "192.0.2.10", "-c1", "-W2")[0] == 0


def test_a_rented_machine_runs_its_user_data_and_a_rebuild_gives_it_a_fresh_disk(
    lab: Lab, rented: LabMachines
) -> None:
    lab.on(MACHINE, "cloud-init", "status", "--wait")
    lab.sh(MACHINE, "test -f /root/born; touch /root/mine")
    first = lab.on(MACHINE, "cat", "/etc/machine-id").text
    rented.rebuild(MACHINE, image="debian-13")
    hosts.wait_booted(lab.name, MACHINE)
    lab.on(MACHINE, "cloud-init", "status", "--wait")
    assert lab.on(MACHINE, "ls", "/root").text.split() == ["born"]
    assert lab.on(MACHINE, "cat", "/etc/machine-id").text != first
    assert 'VERSION_ID="13"' in lab.on(MACHINE, "cat", "/etc/os-release").text


def test_a_machine_that_is_removed_as_it_is_switched_on_leaves_nothing(
    lab: Lab, rented: LabMachines
) -> None:
    rented.create(
        "brief",
        image="debian-12",
        address="203.0.113.78",
        address6=None,
        hostname="b",
        user_data="",
    )
    rented.delete("brief")
    assert not host_dir(lab.name, "brief").exists()
    assert not cgroups.of_host(lab.name, "brief").exists()
    assert not netns_file(lab.name, "brief").exists()
    rented.delete("brief")


def test_a_machine_can_be_shut_down_started_and_unplugged(lab: Lab, rented: LabMachines) -> None:
    rented.shut_down(MACHINE)
    assert not rented.running(MACHINE)
    assert "Powering off" in (host_dir(lab.name, MACHINE) / "console.log").read_text()
    rented.start(MACHINE)
    hosts.wait_booted(lab.name, MACHINE)
    rented.power_off(MACHINE)
    assert not rented.running(MACHINE)
    rented.start(MACHINE)
    hosts.wait_booted(lab.name, MACHINE)
