"""Ubuntu on both of the user's own machines: the WSL host, and the VPS that they have already."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from lab import lifecycle, world, wsl
from lab.images.releases import OWN
from lab.variant import existing_server
from tests.e2e import traces
from tests.e2e.harness import Lab
from tests.e2e.names import OTHER
from tests.e2e.shipped import shipped
from tests.e2e.waiting import until

pytestmark = [pytest.mark.full, pytest.mark.timeout(900)]

VPS = world.HOME_VPS.name
STRANGER = str(world.CLIENT.address)


@dataclass(frozen=True)
class Ubuntu:
    """A lab with stack dev up, the VPS closed; and what its two machines held before."""

    lab: Lab
    release: str
    said: str
    wsl: set[str]
    vps: set[str]


@pytest.fixture(scope="module", params=OWN)
def ubuntu(request: pytest.FixtureRequest) -> Iterator[Ubuntu]:
    """A lab of its own with this release; destroyed in the last test."""
    lifecycle.down(OTHER)
    lifecycle.up(OTHER, print, image=request.param)
    try:
        wsl.sync_program(OTHER, reset=True)
        server = {"provider": "existing", "harden": True, **existing_server(OTHER)}
        lab = Lab(OTHER)
        for host, user in (("wsl", wsl.USER), (VPS, "admin")):
            lab.sh(host, f"runuser -u {user} -- sudo true")  # may leave a file at the first time
        lab.pulumi("stack", "select")
        lab.configure(
            {**shipped(), "server": server, "edge": {"mode": "direct", "zone": "gonova.one"}}
        )
        # As guides to a new VPS advise; without port 80 there would be no certificate.
        lab.sh(VPS, "ufw allow OpenSSH && ufw allow 80/tcp && ufw --force enable")
        before = traces.of_wsl(lab), traces.everything(lab, VPS)
        said = " ".join(lab.up().text.split())
        lab.sh(VPS, "ufw allow 443/tcp")
        lab.wait_serving()
        yield Ubuntu(lab, request.param, said, *before)
    finally:
        lifecycle.down(OTHER)


def test_both_machines_run_it(ubuntu: Ubuntu) -> None:
    for host in (VPS, "wsl"):
        told = ubuntu.lab.sh(host, ". /etc/os-release && echo $ID-$VERSION_ID").text
        assert told == f"{ubuntu.release}\n"


def test_what_the_machines_own_firewall_keeps_from_visitors_is_told(ubuntu: Ubuntu) -> None:
    assert {*re.findall(r"type there: sudo ufw allow (\S+)", ubuntu.said)} == {"443/tcp"}


def test_speech_makes_the_round_trip_and_nothing_is_left_to_do(ubuntu: Ubuntu) -> None:
    assert ubuntu.lab.speak().code == 0
    ubuntu.lab.up("--expect-no-changes")


def test_bin_ops_finds_nothing_wrong(ubuntu: Ubuntu) -> None:
    for command in ("status", "doctor", "ports", "test"):
        told = ubuntu.lab.typed("bin/ops", command)

        assert told.code == 0, told.text


def test_both_machines_come_back_by_themselves(ubuntu: Ubuntu) -> None:
    for host in (VPS, "wsl"):
        ubuntu.lab.reboot(host)
        ubuntu.lab.wait_serving(90)


def test_who_fails_to_log_in_again_and_again_is_shut_out(ubuntu: Ubuntu) -> None:
    lab = ubuntu.lab
    address = lab.outputs()["vpsAddress"]
    known = f"{address} {lab.on(VPS, 'cat', '/etc/ssh/ssh_host_ed25519_key.pub').text}"
    lab.write("client", "/root/known", known)
    lab.sh(
        "client",
        "ssh-keygen -q -t ed25519 -N '' -f /root/wrong; for i in $(seq 6); do timeout 10 ssh"
        " -o BatchMode=yes -o UserKnownHostsFile=/root/known -o ConnectTimeout=3"
        f" -i /root/wrong intruder@{address} true; done",
        check=False,
    )

    banned = "fail2ban-client get sshd banip"
    until(lambda: STRANGER in lab.sh(VPS, banned).text, seconds=60, what="it is shut out")


def test_destroy_leaves_both_as_they_were(ubuntu: Ubuntu) -> None:
    lab = ubuntu.lab
    lab.pulumi("destroy", "--yes", "--skip-preview")
    lab.sh(VPS, "ufw delete allow 443/tcp")

    # systemd's own, since the watcher was the first service with an account for as long as it runs.
    kept = {"drwx------ root /var/lib/private"}
    assert (traces.everything(lab, VPS) ^ ubuntu.vps) - kept == set()
    assert traces.of_wsl(lab) ^ ubuntu.wsl == set()
