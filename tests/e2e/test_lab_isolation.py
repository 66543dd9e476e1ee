"""What may not pass: into the home, out of the lab, from the caller, past `down`."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import cgroups, hosts, lifecycle
from lab.world import HOME_VPS
from tests.e2e.harness import Lab
from tests.e2e.names import OTHER
from tests.e2e.probes import CANARY, command, reaches
from tests.e2e.waiting import until


@pytest.fixture(scope="module")
def a_vps(lab: Lab) -> Iterator[str]:
    """The name of a machine with a public address and no firewall."""
    lifecycle.add_existing_vps(lab.name)
    yield HOME_VPS.name
    hosts.delete(lab.name, HOME_VPS.name)


def test_the_wsl_host_reaches_out_and_nobody_connects_in(lab: Lab, a_vps: str) -> None:
    lab.sh("wsl", "systemd-run --quiet --unit=inbound nc -lk 7777")
    try:
        until(lambda: reaches(lab, "wsl", "127.0.0.1", 7777), seconds=10, what="nc listens")
        assert reaches(lab, "wsl", "192.0.2.53", 443)
        for host in ("client", "edge", "infra", a_vps):
            for address in ("192.0.2.130", "198.51.100.66"):
                assert not reaches(lab, host, address, 7777), f"{host} -> {address}"
    finally:
        lab.on("wsl", "systemctl", "stop", "inbound")


def test_no_route_leads_out(lab: Lab, a_vps: str) -> None:
    own = json.loads(subprocess.check_output(["ip", "-json", "address"]))
    addresses = [a["local"] for link in own for a in link["addr_info"] if a["scope"] == "global"]
    assert addresses, own
    in_use = [a for link in own if "UP" in link["flags"] for a in link["addr_info"]]
    answering = [a["local"] for a in in_use if a["scope"] != "link" and not a.get("tentative")]
    assert {*answering} & {*addresses}, own
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as server:
        port = server.getsockname()[1]
        # Whoever can come here is answered: what is not reached below is kept away.
        for address in answering:
            socket.create_connection((address, port), 5).close()
        for host in ("infra", "edge", "client", "wsl", a_vps):
            for address in [*addresses, "127.0.0.1", "::1", "1.1.1.1", "2606:4700::1111"]:
                assert not reaches(lab, host, address, port), f"{host} -> {address}"


def listing() -> dict[str, list[str]]:
    """What a lab may not change on the machine; only what carries the name OTHER is listed."""
    mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    links_ = subprocess.check_output(["ip", "-brief", "link"], text=True).splitlines()
    tops = ("/run", "/run/netns", "/run/systemd", "/tmp", "/var/lib/machines", "/var/tmp")
    return {
        "mounts": [line for line in mounts if OTHER in line],
        "links": [line.split()[0] for line in links_],
        "files": [
            str(path)
            for top in map(Path, tops)
            if top.is_dir()
            for path in top.iterdir()
            if OTHER in path.name or path.name in {"nspawn", "nspawn-root"}
        ],
        "groups": [str(path) for path in cgroups.mount_point().glob(f"lab-{OTHER}*")],
        "rules": subprocess.check_output(["nft", "list", "ruleset"], text=True).splitlines(),
    }


def test_a_second_lab_comes_and_goes_without_a_trace_and_without_the_callers_token(
    lab: Lab,
) -> None:
    before = listing()
    try:
        assert command(OTHER, "up").returncode == 0
        running = json.loads(command(OTHER, "status", "--json").stdout)["hosts"]
        assert {host["name"] for host in running} == {"infra", "edge", "client", "wsl"}
        assert lifecycle.is_up(lab.name)
        processes = [
            Path(f"/proc/{pid}")
            for group in cgroups.of_lab(OTHER).rglob("cgroup.procs")
            for pid in group.read_text().split()
        ]
        assert len(processes) > 10
        for process in processes:
            try:
                environment = (process / "environ").read_bytes()
            except OSError:  # it ended meanwhile
                continue
            assert CANARY.encode() not in environment, process
        inside = command(OTHER, "exec", "wsl", "--", "env").stdout
        assert "PATH=" in inside
        assert CANARY not in inside
    finally:
        assert command(OTHER, "down").returncode == 0
    assert listing() == before
    assert not any(process.exists() for process in processes)
    assert command(OTHER, "down").returncode == 0


def test_a_lab_whose_parts_crashed_is_repaired_and_goes_down_clean(lab: Lab) -> None:
    before = listing()
    try:
        assert command(OTHER, "up").returncode == 0
        command(OTHER, "exec", "wsl", "--", "touch", "/root/kept")
        for pid in (cgroups.of_daemons(OTHER) / "cgroup.procs").read_text().split():
            signal.pidfd_send_signal(os.pidfd_open(int(pid)), signal.SIGKILL)
        until(lambda: not lifecycle.is_up(OTHER), seconds=5, what="the lab noticed")
        again = command(OTHER, "up")
        assert again.returncode == 0, again.stderr
        assert command(OTHER, "exec", "wsl", "--", "ls", "/root").stdout == "kept\n"
    finally:
        assert command(OTHER, "down").returncode == 0
    assert listing() == before
