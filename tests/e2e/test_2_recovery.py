"""What breaks comes back by itself."""

import json
import time

import pytest

from lab import cgroups, links, wsl
from tests.e2e.harness import Lab
from tests.e2e.streams import HeldStream
from tests.e2e.waiting import until

POOL = 2  # connections, by default
SUSPENDED = 4.0  # seconds; the holder calls two a sleep
CALLS = 20
WAYS = "/etc/nginx/conf.d/vps-reverse-proxy-dev-services.conf"
WATCHER = "vps-reverse-proxy-watch-dev"


@pytest.mark.parametrize("which", ["vps", "wsl"])
def test_a_reboot_comes_back_by_itself(deployed: Lab, which: str) -> None:
    host = deployed.vps() if which == "vps" else "wsl"
    deployed.reboot(host)
    deployed.wait_serving(90)

    assert deployed.speak().code == 0
    assert "vps_reverse_proxy_dev" in deployed.sh(deployed.vps(), "nft list tables").text


@pytest.mark.parametrize("which", ["vps", "wsl"])
def test_an_nginx_that_was_killed_comes_back_without_a_person(deployed: Lab, which: str) -> None:
    host = deployed.vps() if which == "vps" else "wsl"
    killed = nginx_of(deployed, host)
    assert killed != "0"
    deployed.on(host, "kill", "-9", killed)

    until(
        lambda: nginx_of(deployed, host) not in {"0", killed},
        seconds=30,
        what=f"another nginx runs on {host}",
    )
    deployed.wait_serving()


def nginx_of(lab: Lab, host: str) -> str:
    """The number of nginx's first process there; 0 while systemd has none."""
    return lab.sh(host, "systemctl show --property=MainPID --value nginx").text.strip()


def failures(lab: Lab, seconds: int) -> list[str]:
    """A visitor asks for ASR's health for so long, and `CALLS` times after it; what was not 200."""
    script = (
        f"begun=$EPOCHSECONDS; later=0; while ((later < {CALLS})); do"
        " curl -s -o /dev/null -m 10 -w '%{http_code}\\n' https://asr.gonova.one/health;"
        f" ((EPOCHSECONDS - begun < {seconds})) || later=$((later + 1)); done"
    )
    seen = lab.sh("client", script, check=False).text.split()
    assert len(seen) >= CALLS, seen
    return [status for status in seen if status != "200"]


def test_no_call_fails_when_one_connection_of_the_pool_is_killed(deployed: Lab) -> None:
    lab = deployed
    until(lambda: connections(lab) == POOL, seconds=30, what="the whole pool is up")
    living = clients(lab)
    ends = told_ends(lab)
    killing = f"sleep 1; kill -9 {living[0]}"
    lab.on("wsl", "systemd-run", "--quiet", "--collect", "bash", "-c", killing)

    assert failures(lab, 4) == []

    until(lambda: connections(lab) == POOL, seconds=30, what="the killed one is replaced")
    assert living[0] not in clients(lab)
    until(lambda: told_ends(lab) > ends, seconds=30, what="the holder tells of its end")


CUT = """
table inet cut {
    chain input {
        type filter hook input priority -300;
        ip saddr %s tcp sport %s drop
    }
}
"""


def test_a_session_that_is_never_told_its_end_goes_once_another_one_serves(deployed: Lab) -> None:
    lab, vps = deployed, deployed.vps()
    until(lambda: connections(lab) == POOL, seconds=30, what="the whole pool is up")
    lost = sessions(lab)[0]
    # As after another home address: what the WSL host says on this connection never arrives.
    address, _, port = lost.rpartition(":")
    lab.write(vps, "/run/cut.nft", CUT % (address, port))
    lab.on(vps, "nft", "-f", "/run/cut.nft")
    try:
        # By itself sshd, and the account's shell for want of a successor, wait for two minutes.
        until(lambda: lost not in sessions(lab), seconds=60, what="the VPS ends the old session")
    finally:
        lab.sh(vps, "nft delete table inet cut; rm /run/cut.nft")

    until(lambda: connections(lab) == POOL, seconds=30, what="the whole pool is up again")
    lab.wait_serving()


def sessions(lab: Lab) -> list[str]:
    """Where the connections to the VPS's sshd come from, each with its port."""
    seen = lab.sh(lab.vps(), "ss -Htn state established 'sport = :22'").text.splitlines()
    return [line.split()[3] for line in seen]


def clients(lab: Lab) -> list[str]:
    """The processes that hold the tunnel's connections, by their numbers."""
    return lab.sh("wsl", "pgrep -u vps-tunnel -x ssh").text.split()


def told_ends(lab: Lab) -> int:
    """How many ends of a connection the holder has told of so far."""
    said = lab.sh("wsl", "journalctl -u vps-tunnel --no-pager -o cat").text.splitlines()
    return sum(line.startswith("connection ") and " ended: " in line for line in said)


def connections(lab: Lab) -> int:
    """How many connections of the tunnel answer, as the WSL host tells."""
    state = json.loads(lab.on("wsl", "cat", "/run/vps-tunnel/state.json").text)
    return sum(one["state"] == "up" for one in state["connections"])


def test_killed_clients_are_replaced(deployed: Lab) -> None:
    lab = deployed
    lab.sh("wsl", "pkill -9 -u vps-tunnel -x ssh")

    until(
        lambda: lab.get("https://asr.gonova.one/health").text.endswith("200"),
        seconds=10,
        what="new clients carry the calls",
    )
    until(lambda: connections(lab) == POOL, seconds=20, what="the whole pool is up")


def test_a_line_that_is_dead_for_a_while_keeps_its_streams(deployed: Lab) -> None:
    lab = deployed
    until(lambda: connections(lab) == POOL, seconds=30, what="the whole pool is up")
    with HeldStream(lab, "wss://asr.gonova.one/v1/stream/asr") as stream:
        links.set_link(lab.name, "home", down=True)
        try:
            until(lambda: connections(lab) == 0, seconds=10, what="the holder noticed")
            # Nobody waits for a line that is dead: the answer comes at once, and says so. A call
            # before the VPS knows, which is later than the holder does, goes into the line.
            until(
                lambda: lab.get("https://asr.gonova.one/health", "-m", "2").text.endswith("502"),
                seconds=10,
                what="nginx answers for the tunnel",
            )
        finally:
            links.set_link(lab.name, "home", down=False)
        until(
            lambda: lab.get("https://asr.gonova.one/health").text.endswith("200"),
            seconds=10,
            what="new calls get through",
        )
        until(lambda: connections(lab) == POOL, seconds=20, what="the whole pool is up")

    assert not stream.report["cut"], stream.report


def stood_still(lab: Lab) -> list[str]:
    """For how long the machine did, each time the holder noticed; with all it said after it."""
    said = lab.sh("wsl", "journalctl -u vps-tunnel --no-pager -o cat").text
    return said.split("this machine stood still for ")[1:]


def test_a_host_that_was_suspended_connects_anew_at_once(deployed: Lab) -> None:
    lab = deployed
    until(lambda: connections(lab) == POOL, seconds=30, what="the whole pool is up")
    before = len(stood_still(lab))
    freezer = cgroups.of_host(lab.name, wsl.NAME) / "machine" / "cgroup.freeze"
    begun = time.monotonic()
    freezer.write_text("1")
    try:
        until(
            lambda: (
                not lab.get("https://asr.gonova.one/health", "-m", "2").text.endswith("200")
                and time.monotonic() - begun > SUSPENDED
            ),
            seconds=60,
            what="nobody answers for the host that is suspended",
        )
    finally:
        freezer.write_text("0")
    until(
        lambda: lab.get("https://asr.gonova.one/health").text.endswith("200"),
        seconds=30,
        what="the names answer again",
    )
    noticed = until(lambda: stood_still(lab)[before:], seconds=30, what="the holder noticed")

    assert max(int(told.split()[0]) for told in noticed) >= SUSPENDED
    until(
        lambda: "".join(stood_still(lab)[before:]).count(" is up in ") >= POOL,
        seconds=30,
        what="every connection was made anew",
    )
    until(lambda: connections(lab) == POOL, seconds=30, what="the whole pool is up")


def test_a_stream_too_many_gets_an_error_at_once(deployed: Lab) -> None:
    lab, vps = deployed, deployed.vps()
    stream = "wss://asr.gonova.one/v1/stream/asr"
    # Room for one stream a connection; the canary's would take it.
    less = f"sed -i 's/max_conns=[0-9]*/max_conns=1/' {WAYS}"
    lab.sh(vps, f"systemctl stop {WATCHER}; cp -p {WAYS} /root/ways; {less}; nginx -s reload")
    try:
        with HeldStream(lab, stream) as first, HeldStream(lab, stream) as last:
            begun = time.monotonic()
            refused = lab.get("https://asr.gonova.one/health")
            took = time.monotonic() - begun
    finally:
        back = f"mv /root/ways {WAYS}; nginx -s reload; systemctl start {WATCHER}"
        lab.sh(vps, back)

    assert refused.text.endswith("502")
    assert took < 2
    assert not first.report["cut"]
    assert not last.report["cut"]
    lab.wait_serving()


def test_a_key_with_open_permissions_is_closed_when_the_tunnel_starts(deployed: Lab) -> None:
    deployed.sh("wsl", "chmod 644 /var/lib/vps-tunnel/id_ed25519 && systemctl restart vps-tunnel")

    deployed.wait_serving()

    mode = deployed.sh("wsl", "stat -c %a /var/lib/vps-tunnel/id_ed25519").text.strip()
    assert mode == "600"
