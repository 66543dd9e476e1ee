"""Attempts on the VPS' sshd, each refused while a visitor's stream goes on undisturbed."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.harness import Lab
from tests.e2e.streams import HeldStream
from tests.e2e.waiting import until

STREAM = "wss://asr.gonova.one/v1/stream/asr"
CLIENT_SSH = "ssh -o UserKnownHostsFile=/root/vps-known -o ConnectTimeout=5"
TUNNEL_SSH = "runuser -u vps-tunnel -- ssh -F /var/lib/vps-tunnel/ssh_config -o ConnectTimeout=5"
SOCKETS = "/run/vps-reverse-proxy-dev"
ACCOUNTS = ("root", "admin", "tunnel", "nobody")
METHODS = ("password", "keyboard-interactive")
# What the tunnel's key asks for where nothing may come of it, and who tries to use it.
AT_THE_PORT = "timeout 2 bash -c 'exec 3<>/dev/tcp/127.0.0.1/9999; head -c 20 <&3'"
BY_SOCKS = "curl -sS -m 3 --socks5 127.0.0.1:9999 http://127.0.0.1:8080/health"
WAYS_ON = (
    ("-N -L 9999:127.0.0.1:22", AT_THE_PORT),
    ("-N -L 9999:169.254.169.254:80", AT_THE_PORT),
    ("-N -L 9999:/run/dbus/system_bus_socket", AT_THE_PORT),
    ("-N -D 9999", BY_SOCKS),
    ("-W 127.0.0.1:22", ""),
    ("-W [::1]:22", ""),
)
LISTENERS = (
    "0:127.0.0.1:1",
    "127.0.0.1:8080:127.0.0.1:1",
    "*:443:127.0.0.1:1",
    "/etc/nginx/conf.d/x.conf:127.0.0.1:1",
    "/run/x.sock:127.0.0.1:1",
    "/home/tunnel/.ssh/authorized_keys:127.0.0.1:1",
    "/run/vps-reverse-proxy-other/0a/asr:127.0.0.1:1",
    f"{SOCKETS}/../x.sock:127.0.0.1:1",
    "9099:127.0.0.1:1",
    "0.0.0.0:8080:127.0.0.1:1",
    "80",
    *(
        f"{place}/x.sock:127.0.0.1:1"
        for place in ("/tmp", "/var/tmp", "/dev/shm", "/run/lock", "/run/user/999", "~")
    ),
)


@pytest.fixture(scope="module")
def target(deployed: Lab) -> Iterator[Lab]:
    """Stack dev up, another stack's folder of sockets beside its own; sshd forgets afterwards."""
    lab = deployed
    lab.up()
    lab.wait_serving()
    vps = lab.vps()
    key = lab.on(vps, "cat", "/etc/ssh/ssh_host_ed25519_key.pub").text
    lab.write("client", "/root/vps-known", f"{lab.outputs()['vpsAddress']} {key}")
    lab.sh(vps, "install -d -m 2750 -o nobody -g www-data /run/vps-reverse-proxy-other/0a")
    lab.sh(vps, "fail2ban-client unban --all")
    yield lab
    lab.sh(vps, "rm -r /run/vps-reverse-proxy-other; fail2ban-client unban --all")
    lab.sh(vps, "systemctl restart ssh")  # its penalties end with it


def test_nobody_logs_in_without_a_key(target: Lab) -> None:
    address = target.outputs()["vpsAddress"]
    target.write("client", "/root/answer", "#!/bin/sh\necho hunter2\n")
    target.sh("client", "chmod 755 /root/answer")
    asked = "SSH_ASKPASS=/root/answer SSH_ASKPASS_REQUIRE=force"
    with HeldStream(target, STREAM) as stream:
        said = [
            target.sh(
                "client",
                f"{asked} {CLIENT_SSH} -o PreferredAuthentications={method} {account}@{address} id",
                check=False,
            )
            for account in ACCOUNTS
            for method in METHODS
        ]

    assert not stream.report["cut"], stream.report
    for one in said:
        assert one.code == 255
        assert "Permission denied (publickey)" in one.text, one.text


def test_root_does_not_log_in_with_the_admins_key_either(target: Lab) -> None:
    outputs = json.loads(target.pulumi("stack", "output", "--json", "--show-secrets").text)
    login = outputs["login"]
    target.write("client", "/root/login", login["privateKey"])
    target.sh("client", "chmod 600 /root/login")
    try:
        ask = f"{CLIENT_SSH} -o BatchMode=yes -i /root/login"
        admin = target.sh("client", f"{ask} admin@{login['address']} id", check=False)
        way_on = f"timeout 10 {ask} -W 127.0.0.1:22 admin@{login['address']} </dev/null"
        forwarded = target.sh("client", way_on, check=False)
        # Last: sshd has four lines about it, and fail2ban bans at the fifth of an address.
        root = target.sh("client", f"{ask} root@{login['address']} id", check=False)
    finally:
        target.on("client", "rm", "/root/login")

    assert "(admin)" in admin.text, admin.text  # the key itself is good
    assert "SSH-2.0" in forwarded.text, forwarded.text
    assert root.code == 255
    assert "Permission denied (publickey)" in root.text


def test_who_is_neither_administrator_nor_tunnel_forwards_nothing(target: Lab) -> None:
    ask = "sshd -T -C user={},host=x,addr=192.0.2.10"
    anybody, tunnel = (
        set(target.sh(target.vps(), ask.format(user)).text.splitlines())
        for user in ("nobody", "tunnel")
    )

    assert {"allowtcpforwarding no", "allowstreamlocalforwarding no", "maxsessions 2"} <= anybody
    assert {"clientaliveinterval 300", "clientalivecountmax 2", "tcpkeepalive no"} <= anybody
    # A dead line of two minutes cuts nothing (ADR 10).
    assert {"clientaliveinterval 30", "clientalivecountmax 4"} <= tunnel
    assert {"allowtcpforwarding remote", "permitopen none", "maxsessions 1"} <= tunnel


def test_the_tunnels_key_leads_nowhere(target: Lab) -> None:
    with HeldStream(target, STREAM) as stream:
        for way, use in WAYS_ON:
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

    assert not stream.report["cut"], stream.report


def test_the_tunnels_key_listens_nowhere_else(target: Lab) -> None:
    with HeldStream(target, STREAM) as stream:
        for listener in LISTENERS:
            said = target.sh(
                "wsl", f"timeout 8 {TUNNEL_SSH} -N -R {listener} vps </dev/null", check=False
            )
            assert said.code == 255, (listener, said.text)
            assert "forwarding" in said.text, (listener, said.text)

    assert not stream.report["cut"], stream.report
    left = target.sh(
        target.vps(),
        "find / -xdev -name x.sock; find /tmp /dev/shm /run -name x.sock;"
        " cat /home/tunnel/.ssh/authorized_keys",
    )
    assert "x.sock" not in left.text
    assert "restrict" in left.text


def test_a_thousand_sockets_find_no_room_and_the_stream_goes_on(target: Lab) -> None:
    ask = (
        f'for i in $(seq 1000); do args+=(-R "{SOCKETS}/1b/x$i:127.0.0.1:1"); done;'
        f' timeout 20 {TUNNEL_SSH} -N "${{args[@]}}" vps </dev/null'
    )
    vps = target.vps()
    # They are swept soon: what counts is the most that was ever there.
    count = (
        "most=0; end=$((SECONDS + 8)); while ((SECONDS < end)); do"
        f" now=$(ls {SOCKETS}/1b | wc -l); ((now <= most)) || most=$now; sleep 0.1; done;"
        " echo $most"
    )
    with HeldStream(target, STREAM) as stream, ThreadPoolExecutor(1) as beside:
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
    assert not stream.report["cut"], stream.report
    target.wait_serving()


def test_a_user_of_the_vps_reads_no_socket_of_the_tunnel(target: Lab) -> None:
    vps = target.vps()
    for user in ("nobody", "admin"):
        for ask in (
            f"ls {SOCKETS}",
            f"curl -sS -m 5 --unix-socket {SOCKETS}/0/asr http://asr/health",
        ):
            said = target.sh(vps, f"runuser -u {user} -- {ask}", check=False)
            assert said.code != 0, (user, ask, said.text)


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

    said = target.sh(
        "wsl",
        f"timeout 8 {TUNNEL_SSH} -o UserKnownHostsFile=/run/wrong-known -T vps </dev/null",
        check=False,
    )

    assert said.code == 255
    assert "Host key verification failed" in said.text
