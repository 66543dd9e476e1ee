"""Attempts on the VPS's sshd, each refused while a visitor's stream goes on undisturbed."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from lab import world
from tests.e2e import other_stack
from tests.e2e import ssh_attempts as attempts
from tests.e2e.harness import Lab
from tests.e2e.ssh_attempts import SOCKETS
from tests.e2e.streams import uncut
from tests.e2e.waiting import until

STREAM = "wss://asr.gonova.one/v1/stream/asr"
TIMED_OUT = 124
CLIENT = world.CLIENT.address
CLIENT_SSH = "timeout 30 ssh -o UserKnownHostsFile=/root/vps-known -o ConnectTimeout=5"
AS_TUNNEL = "runuser -u vps-tunnel --"
TUNNEL_SSH = f"{AS_TUNNEL} ssh -F /var/lib/vps-tunnel/ssh_config -o ConnectTimeout=5"


@pytest.fixture(scope="module")
def target(deployed: Lab) -> Iterator[Lab]:
    """Stack dev up; fail2ban does not count the client's tries, and sshd forgets them."""
    lab = deployed
    vps = lab.vps()
    key = lab.on(vps, "cat", "/etc/ssh/ssh_host_ed25519_key.pub").text
    lab.write("client", "/root/vps-known", f"{lab.outputs()['vpsAddress']} {key}")
    # What it has counted of the files before this one, and counts of this one, bans nobody here.
    lab.sh(vps, f"fail2ban-client set sshd addignoreip {CLIENT}; fail2ban-client unban --all")
    yield lab
    lab.sh(vps, f"fail2ban-client set sshd delignoreip {CLIENT}")
    lab.sh(vps, "systemctl restart ssh")  # its penalties end with it


def test_nobody_logs_in_without_a_key(target: Lab) -> None:
    address = target.outputs()["vpsAddress"]
    target.write("client", "/root/answer", "#!/bin/sh\necho hunter2\n")
    target.sh("client", "chmod 755 /root/answer")
    asked = "SSH_ASKPASS=/root/answer SSH_ASKPASS_REQUIRE=force"
    with uncut(target, STREAM):
        said = [
            target.sh(
                "client",
                f"{asked} {CLIENT_SSH} -o PreferredAuthentications={method} {account}@{address} id",
                check=False,
            )
            for account in attempts.ACCOUNTS
            for method in attempts.METHODS
        ]

    for one in said:
        assert one.code == 255
        assert "Permission denied (publickey)" in one.text, one.text


def test_root_does_not_log_in_with_the_admins_key_either(target: Lab) -> None:
    outputs = json.loads(target.pulumi("stack", "output", "--json", "--show-secrets").text)
    login = outputs["login"]
    target.write("client", "/root/login", login["privateKey"])
    target.sh("client", "chmod 600 /root/login")
    ask = f"{CLIENT_SSH} -o BatchMode=yes -i /root/login"
    way_on = f"timeout 10 {ask} -W 127.0.0.1:22 admin@{login['address']} </dev/null"
    try:
        with uncut(target, STREAM):
            admin = target.sh("client", f"{ask} admin@{login['address']} id", check=False)
            forwarded = target.sh("client", way_on, check=False)
            root = target.sh("client", f"{ask} root@{login['address']} id", check=False)
    finally:
        target.on("client", "rm", "/root/login")

    assert "(admin)" in admin.text, admin.text  # the key itself is good
    assert "SSH-2.0" in forwarded.text, forwarded.text
    assert root.code == 255
    assert "Permission denied (publickey)" in root.text


def test_the_tunnels_key_opens_no_session(target: Lab) -> None:
    with uncut(target, STREAM):
        said = {
            what: target.sh(
                "wsl",
                f"timeout 10 {TUNNEL_SSH} -o ClearAllForwardings=yes {options} vps {command}"
                " </dev/null",
                check=False,
            ).text
            for what, options, command in attempts.SESSIONS
        }

    refusals = ("PTY allocation request failed", "X11 forwarding request failed", "Warning:")
    for what, text in said.items():
        # The shell looks at nothing: it waits for questions, and its input has ended.
        assert "uid=" not in text, what
        assert "SSH_" not in text, what
        words = [line for line in text.splitlines() if not any(one in line for one in refusals)]
        assert words == [], what


def test_the_tunnels_key_copies_no_file(target: Lab) -> None:
    target.sh("wsl", "echo planted >/tmp/planted && chmod 644 /tmp/planted")
    with uncut(target, STREAM):
        for place in attempts.COPIES:
            copied = target.sh(
                "wsl",
                f"timeout 10 {AS_TUNNEL} scp -F /var/lib/vps-tunnel/ssh_config"
                f" -o ClearAllForwardings=yes /tmp/planted vps:{place} </dev/null",
                check=False,
            )
            # It is let in, and waits for an answer: the account's shell gives none.
            assert copied.code == TIMED_OUT, (place, copied)

    assert target.sh(target.vps(), "ls /tmp /home/tunnel").text.count("planted") == 0


def test_the_tunnels_key_leads_nowhere(target: Lab) -> None:
    with uncut(target, STREAM):
        for way, use in attempts.WAYS_ON:
            # What listens here connects to nothing there.
            asked = (
                f"timeout 8 {TUNNEL_SSH} -o ClearAllForwardings=no -o ExitOnForwardFailure=no {way}"
                " vps </dev/null"
            )
            if use:
                asked += (
                    " & for i in $(seq 50); do ss -Hltn 'sport = :9999' | grep -q . && break;"
                    f" sleep 0.1; done; {use}; kill %1; wait"
                )
            said = target.sh("wsl", asked, check=False).text
            # For a socket sshd has no other words than for one that does not answer.
            refusal = "connect failed" if "/run" in way else "administratively prohibited"
            assert f"open failed: {refusal}" in said, (way, said)
            assert "SSH-2.0" not in said, way
            assert "asr" not in said, way


def ask_to_listen(lab: Lab, listener: str) -> None:
    """The tunnel's key asks for a listener, and is refused."""
    said = lab.sh("wsl", f"timeout 8 {TUNNEL_SSH} -N -R {listener} vps </dev/null", check=False)
    assert said.code == 255, (listener, said.text)
    assert "forwarding" in said.text, (listener, said.text)


def test_the_tunnels_key_listens_nowhere_else(target: Lab) -> None:
    with uncut(target, STREAM):
        for listener in attempts.LISTENERS:
            ask_to_listen(target, listener)

    left = target.sh(
        target.vps(),
        "find / -xdev -name x.sock; find /tmp /dev/shm /run -name x.sock;"
        " cat /home/tunnel/.ssh/authorized_keys",
    )
    assert "x.sock" not in left.text
    assert "restrict" in left.text


def test_the_tunnels_key_takes_no_socket_of_another_stack_over(target: Lab) -> None:
    vps = target.vps()
    with other_stack.live_socket(target, vps), uncut(target, STREAM):
        before = target.sh(vps, f"stat -c '%i %U' {other_stack.SOCKET}").text
        for listener in attempts.TAKEN:
            ask_to_listen(target, listener)
        after = target.sh(vps, f"stat -c '%i %U' {other_stack.SOCKET}").text
        answer = other_stack.answer(target, vps)

    assert answer == other_stack.ANSWER
    assert before == after
    assert other_stack.ACCOUNT in after


def test_a_thousand_sockets_find_no_room_and_the_stream_goes_on(target: Lab) -> None:
    ask = (
        f"for i in $(seq {attempts.MANY_SOCKETS}); do"
        f' args+=(-R "{SOCKETS}/1b/x$i:127.0.0.1:1"); done;'
        f' timeout 20 {TUNNEL_SSH} -N "${{args[@]}}" vps </dev/null'
    )
    vps = target.vps()
    # They are swept soon: what counts is the most that was ever there.
    count = (
        "most=0; end=$((SECONDS + 8)); while ((SECONDS < end)); do"
        f" now=$(ls {SOCKETS}/1b | wc -l); ((now <= most)) || most=$now; sleep 0.1; done;"
        " echo $most"
    )
    with uncut(target, STREAM), ThreadPoolExecutor(1) as beside:
        counted = beside.submit(target.sh, vps, count)
        said = target.sh("wsl", ask, check=False)
        made = int(counted.result().text)
        until(
            lambda: "x" not in target.sh(vps, f"ls {SOCKETS}/1b").text,
            seconds=20,
            what="the sockets that are no service's are swept",
        )

    assert said.code == 255
    assert "forwarding failed" in said.text
    assert 100 < made < 600
    target.wait_serving()


def test_a_user_of_the_vps_reads_no_socket_of_the_tunnel(target: Lab) -> None:
    vps = target.vps()
    with uncut(target, STREAM):
        for user in attempts.READERS:
            for ask in attempts.READS:
                said = target.sh(vps, f"runuser -u {user} -- {ask}", check=False)
                assert said.code != 0, (user, ask, said.text)
        # What they are refused is there: nginx's own account gets it.
        told = [target.sh(vps, f"runuser -u www-data -- {ask}").text for ask in attempts.READS]
        assert told[0].split()
        assert '"service": "asr"' in told[1]


def test_a_wrong_host_key_ends_the_tunnels_try_before_anything_is_said(target: Lab) -> None:
    known = "/var/lib/vps-tunnel/known_hosts"
    other = target.sh(
        "wsl",
        "rm -f /root/o; ssh-keygen -q -t ed25519 -N '' -f /root/o; cut -d' ' -f1,2 /root/o.pub",
    ).text.strip()
    target.sh(
        "wsl",
        f"sed 's#ssh-ed25519 .*#{other}#' {known} >/run/wrong-known; chmod 644 /run/wrong-known",
    )

    with uncut(target, STREAM):
        said = target.sh(
            "wsl",
            f"timeout 8 {TUNNEL_SSH} -o UserKnownHostsFile=/run/wrong-known -T vps </dev/null",
            check=False,
        )

    assert said.code == 255
    assert "Host key verification failed" in said.text
