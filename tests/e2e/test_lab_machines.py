"""The lab itself: real hosts, wires that filter and delay, and nothing left when it goes down."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import cgroups, hosts, lifecycle, links
from lab.hostspec import host_dir
from lab.machines import FirewallRule, LabMachines
from lab.namespaces import netns_file
from lab.paths import checkout_dir
from lab.processes import clean_environment
from tests.e2e.harness import Lab
from tests.e2e.waiting import until

MACHINE = "test-77"
ADDRESS, ADDRESS6 = "203.0.113.77", "2001:db8:100:77::1"
CANARY = "the-callers-own-token"


def bin_lab(name: str, *words: str) -> list[str]:
    """A `bin/lab` command line, run by this interpreter."""
    return [sys.executable, "-m", "lab", "--lab", name, *words]


def command(name: str, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run bin/lab as a caller who has a token of their own would."""
    env = {**clean_environment(), "HCLOUD_TOKEN": CANARY}
    return subprocess.run(
        bin_lab(name, *words),
        input=given,
        capture_output=True,
        text=True,
        check=False,
        env=env,
        cwd=checkout_dir(),
    )


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


def reaches(lab: Lab, host: str, address: str, port: int) -> bool:
    """Whether a TCP connection opens within two seconds."""
    opened = lab.sh(host, f"timeout 2 bash -c '</dev/tcp/{address}/{port}'", check=False)
    return opened.code == 0


def ping(lab: Lab, host: str, address: str, *options: str) -> tuple[float, float]:
    """Share of lost packets, and the least round trip in ms (infinite when none came back)."""
    text = lab.on(host, "ping", "-q", *options, address, check=False).text
    lost = re.search(r"([\d.]+)% packet loss", text)
    times = re.search(r"= ([\d.]+)/", text)
    assert lost, text
    return float(lost[1]) / 100, float(times[1]) if times else float("inf")


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


def test_a_second_up_takes_less_than_two_seconds(lab: Lab) -> None:
    since = time.monotonic()
    lifecycle.up(lab.name)
    assert time.monotonic() - since < 2


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
    assert ping(lab, "client", "198.51.100.10", "-c1", "-W2")[0] == 0


def test_the_wsl_host_reaches_out_and_nobody_connects_in(lab: Lab, rented: LabMachines) -> None:
    lab.sh("wsl", "systemd-run --quiet --unit=inbound nc -lk 7777")
    try:
        until(lambda: reaches(lab, "wsl", "127.0.0.1", 7777), seconds=10, what="nc listens")
        assert reaches(lab, "wsl", "192.0.2.53", 443)
        for host in ("client", "edge", "infra", MACHINE):
            for address in ("192.0.2.130", "198.51.100.66"):
                assert not reaches(lab, host, address, 7777), f"{host} -> {address}"
    finally:
        lab.on("wsl", "systemctl", "stop", "inbound")


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


@pytest.fixture
def client_line(lab: Lab) -> Iterator[Lab]:
    """The client's line, which is put back afterwards."""
    yield lab
    links.set_link(lab.name, "client", delay_ms=5, jitter_ms=0, loss=0, rate_mbit=0, down=False)


def test_a_line_delays_both_directions(client_line: Lab) -> None:
    links.set_link(client_line.name, "client", delay_ms=60)
    for address in ("192.0.2.53", "2001:db8:53::1"):
        _, trip = ping(client_line, "client", address, "-c3", "-i0.2")
        assert 120 <= trip < 140


def test_a_line_loses_the_share_it_is_told_to(client_line: Lab) -> None:
    # 400 packets at 19 % (10 % each way): a share outside 11..28 % has a chance below 1 in 20,000.
    links.set_link(client_line.name, "client", loss=0.1)
    lost, _ = ping(client_line, "client", "192.0.2.53", "-c400", "-i0.005", "-W1")
    assert 0.11 < lost < 0.28


def test_one_direction_of_a_line_can_be_changed_alone(client_line: Lab) -> None:
    links.set_link(client_line.name, "client", delay_ms=80, direction=1)
    assert 85 <= ping(client_line, "client", "192.0.2.53", "-c3", "-i0.2")[1] < 105
    outwards, inwards = links.current(client_line.name, "client")
    assert (outwards.delay_ms, inwards.delay_ms) == (5, 80)


def test_a_line_that_is_down_carries_nothing_and_comes_back(client_line: Lab) -> None:
    command(client_line.name, "link", "client", "--down")
    assert ping(client_line, "client", "192.0.2.53", "-c2", "-i0.2", "-W1")[0] == 1
    command(client_line.name, "link", "client", "--up")
    assert ping(client_line, "client", "192.0.2.53", "-c2", "-i0.2", "-W2")[0] == 0


def test_a_line_of_some_rate_queues_and_then_drops(client_line: Lab) -> None:
    # 100 packets of 1,028 bytes at once, at 1 Mbit/s and room for 20: about a fifth gets through.
    links.set_link(client_line.name, "client", rate_mbit=1, queue_packets=20)
    before = links.counters(client_line.name, "client")[0]
    ping(client_line, "client", "192.0.2.53", "-c100", "-l100", "-s1000", "-W2")
    after = links.counters(client_line.name, "client")[0]
    links.set_link(client_line.name, "client", queue_packets=1000)
    assert 60 <= after.overflowed - before.overflowed <= 82


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


def test_no_route_leads_out(lab: Lab, rented: LabMachines) -> None:
    own = json.loads(subprocess.check_output(["ip", "-json", "address"]))
    addresses = [a["local"] for link in own for a in link["addr_info"] if a["scope"] == "global"]
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as server:
        port = server.getsockname()[1]
        for host in ("infra", "edge", "client", "wsl", MACHINE):
            for address in [*addresses, "127.0.0.1", "::1", "1.1.1.1", "2606:4700::1111"]:
                assert not reaches(lab, host, address, port), f"{host} -> {address}"


def listing() -> dict[str, list[str]]:
    """What a lab may not change on the machine; only what carries the name `other` is listed."""
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    links_ = subprocess.check_output(["ip", "-brief", "link"], text=True).splitlines()
    tops = ("/run", "/run/netns", "/run/systemd", "/tmp", "/var/lib/machines", "/var/tmp")
    return {
        "mounts": [line for line in mounts if "other" in line],
        "links": [line.split()[0] for line in links_],
        "files": [
            str(path)
            for top in map(Path, tops)
            if top.is_dir()
            for path in top.iterdir()
            if "other" in path.name or path.name in {"nspawn", "nspawn-root"}
        ],
        "groups": [str(path) for path in cgroups.mount_point().glob("lab-other*")],
        "rules": subprocess.check_output(["nft", "list", "ruleset"], text=True).splitlines(),
    }


def test_a_second_lab_comes_and_goes_without_a_trace_and_without_the_callers_token(
    lab: Lab,
) -> None:
    before = listing()
    try:
        assert command("other", "up").returncode == 0
        running = json.loads(command("other", "status", "--json").stdout)["hosts"]
        assert {host["name"] for host in running} == {"infra", "edge", "client", "wsl"}
        assert lifecycle.is_up(lab.name)
        processes = [
            Path(f"/proc/{pid}")
            for group in cgroups.of_lab("other").rglob("cgroup.procs")
            for pid in group.read_text().split()
        ]
        assert len(processes) > 10
        for process in processes:
            try:
                environment = (process / "environ").read_bytes()
            except OSError:  # it ended meanwhile
                continue
            assert CANARY.encode() not in environment, process
        inside = command("other", "exec", "wsl", "--", "env").stdout
        assert "PATH=" in inside
        assert CANARY not in inside
    finally:
        assert command("other", "down").returncode == 0
    assert listing() == before
    assert not any(process.exists() for process in processes)
    assert command("other", "down").returncode == 0


def test_a_lab_whose_parts_crashed_is_repaired_and_goes_down_clean(lab: Lab) -> None:
    before = listing()
    try:
        assert command("other", "up").returncode == 0
        command("other", "exec", "wsl", "--", "touch", "/root/kept")
        for pid in (cgroups.of_daemons("other") / "cgroup.procs").read_text().split():
            signal.pidfd_send_signal(os.pidfd_open(int(pid)), signal.SIGKILL)
        until(lambda: not lifecycle.is_up("other"), seconds=5, what="the lab noticed")
        again = command("other", "up")
        assert again.returncode == 0, again.stderr
        assert command("other", "exec", "wsl", "--", "ls", "/root").stdout == "kept\n"
    finally:
        assert command("other", "down").returncode == 0
    assert listing() == before
