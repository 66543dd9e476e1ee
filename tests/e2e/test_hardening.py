"""A rented VPS is closed: past the provider's firewall too, and to its own users."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from audit.cli import quick_figures
from audit.reach import Deployment
from lab import net
from lab.namespaces import enter, load_nftables, namespace, run
from tests.e2e.harness import Lab
from tests.e2e.probes import reaches
from tests.e2e.ssh_attempts import FAILED_LOGINS, FAILING, METADATA_READERS
from tests.e2e.streams import uncut
from tests.e2e.waiting import until

STREAM = "wss://asr.gonova.one/v1/stream/asr"
METADATA = "169.254.169.254"


@pytest.fixture(scope="module")
def closed(deployed: Lab) -> Lab:
    """Stack dev as the checkout has it."""
    return deployed


@contextmanager
def without_the_providers_firewall(lab: Lab) -> Iterator[None]:
    """The core router lets everything through to every machine for a while."""
    core = namespace(lab.name, net.CORE)
    rules = run([*enter(core), "nft", "list", "ruleset"])
    tables = [line.split()[2] for line in rules.splitlines() if line.startswith("table inet fw-")]
    load_nftables(core, "".join(f"delete table inet {table}\n" for table in tables))
    try:
        yield
    finally:
        load_nftables(core, f"flush ruleset\n{rules}")


def test_the_auditors_find_nothing_on_what_is_up(closed: Lab) -> None:
    outputs = closed.outputs()
    target = Deployment(
        closed.name, closed.vps(), outputs["vpsAddress"], outputs["vpsAddress6"], "debian-13"
    )

    figures = quick_figures(target, "flexible")

    assert len(figures) >= 5
    assert [one for one in figures if not one.met] == []


def test_the_vps_own_firewall_says_the_same_as_the_providers(closed: Lab) -> None:
    outputs = closed.outputs()
    with without_the_providers_firewall(closed):
        opened = {
            (address, port)
            for address in (outputs["vpsAddress"], outputs["vpsAddress6"])
            for port in (22, 80, 443)
            if reaches(closed, "client", address, port)
        }
        pinged = closed.on("client", "ping", "-c1", "-W2", outputs["vpsAddress"], check=False)

    assert opened == {(outputs["vpsAddress"], 22), (outputs["vpsAddress6"], 22)}
    assert pinged.code == 0  # errors and echo of ICMP pass


def test_only_root_of_the_vps_reaches_the_metadata_service(closed: Lab) -> None:
    vps = closed.vps()
    closed.sh(
        vps,
        f"ip address add {METADATA}/32 dev lo; cd /srv;"
        " systemd-run --quiet --collect --unit=metadata"
        f" python3 -m http.server --bind {METADATA} 80",
    )
    try:
        until(
            lambda: reaches(closed, vps, METADATA, 80), seconds=10, what="the service answers root"
        )
        ask = f"timeout 3 bash -c '</dev/tcp/{METADATA}/80'"
        with uncut(closed, STREAM):
            refused = {
                user: closed.sh(vps, f"runuser -u {user} -- {ask}", check=False).code
                for user in METADATA_READERS
            }
    finally:
        closed.sh(vps, f"systemctl stop metadata; ip address del {METADATA}/32 dev lo")

    assert set(refused.values()) == {1}, refused


def test_what_the_first_boot_was_told_is_roots_alone(closed: Lab) -> None:
    holding = closed.sh(
        closed.vps(),
        "grep -rlZ 'OPENSSH PRIVATE KEY' /var/lib/cloud /run | xargs -0 stat -c '%a %n'",
    ).text.splitlines()

    assert holding
    assert [line for line in holding if not line.startswith("600 ")] == []


def test_a_stranger_is_shut_out_and_who_holds_the_tunnel_never_is(closed: Lab) -> None:
    lab, vps = closed, closed.vps()
    address = lab.outputs()["vpsAddress"]
    known = f"{address} {lab.on(vps, 'cat', '/etc/ssh/ssh_host_ed25519_key.pub').text}"
    # Another's key: a login that fails, and not a line that breaks. The ban may come in the middle
    # of a login, which then hears nothing any more: ssh alone would wait for TCP to give up.
    fail = (
        "test -e /root/wrong || ssh-keygen -q -t ed25519 -N '' -f /root/wrong;"
        f" for i in $(seq {FAILED_LOGINS}); do timeout 10 ssh -o BatchMode=yes"
        " -o UserKnownHostsFile=/root/known -o ConnectTimeout=3"
        f" -i /root/wrong intruder@{address} true; done"
    )
    for host in FAILING:
        lab.write(host, "/root/known", known)
    banned = "fail2ban-client get sshd banip"
    with uncut(lab, STREAM):
        for host in FAILING:
            lab.sh(host, fail, check=False)
        until(lambda: "192.0.2.10" in lab.sh(vps, banned).text, seconds=60, what="it is banned")
        # fail2ban lists an address before its first ban has made the rule.
        until(lambda: not reaches(lab, "client", address, 22), seconds=20, what="it is shut out")
        lab.sh(vps, "fail2ban-client set sshd unbanip 192.0.2.10")
        lab.sh(vps, "systemctl restart ssh")  # sshd's own penalties end with it

    assert lab.sh(vps, banned).text.strip() == ""
    assert "198.51.100.66" in lab.sh(vps, "journalctl -u ssh --since -5min | grep intruder").text


def test_who_is_neither_administrator_nor_tunnel_forwards_nothing(closed: Lab) -> None:
    ask = "sshd -T -C user={},host=x,addr=192.0.2.10"
    anybody, tunnel = (
        set(closed.sh(closed.vps(), ask.format(user)).text.splitlines())
        for user in ("nobody", "tunnel")
    )

    assert {"allowtcpforwarding no", "allowstreamlocalforwarding no", "maxsessions 2"} <= anybody
    assert {"clientaliveinterval 300", "clientalivecountmax 2", "tcpkeepalive no"} <= anybody
    # A dead line of two minutes cuts nothing (ADR 10).
    assert {"clientaliveinterval 30", "clientalivecountmax 4"} <= tunnel
    assert {"allowtcpforwarding remote", "permitopen none", "maxsessions 1"} <= tunnel


def test_it_updates_itself_and_keeps_its_logs_small(closed: Lab) -> None:
    vps = closed.vps()

    updates = closed.sh(vps, "unattended-upgrade --dry-run --verbose").text
    settings = closed.sh(vps, "apt-config dump; systemd-analyze cat-config systemd/journald.conf")

    assert "Debian-Security" in updates
    assert 'Unattended-Upgrade::Automatic-Reboot-Time "04:00"' in settings.text
    assert "SystemMaxUse=200M" in settings.text
    rotation = closed.sh(vps, "logrotate --debug /etc/logrotate.conf 2>&1 | grep -F nginx/").text
    assert "104857600" in rotation


def test_a_replaced_library_of_nginx_asks_for_the_reboot_that_takes_it_up(closed: Lab) -> None:
    lab, vps = closed, closed.vps()
    replace = (
        "library=$(grep -o '/[^ ]*/libcrypto[^ ]*$' /proc/$(pgrep -ox nginx)/maps | head -n1);"
        ' cp -a "$library" "$library.new" && mv -f "$library.new" "$library"'
    )
    asked = "apt-get -q -y install --reinstall acl >/dev/null 2>&1; cat /run/reboot-required.pkgs"
    try:
        before = lab.sh(vps, asked, check=False)
        lab.sh(vps, replace)
        after = lab.sh(vps, asked)
    finally:
        lab.sh(vps, "systemctl restart nginx; rm -f /run/reboot-required*")

    assert before.code != 0, before.text
    assert after.text == "nginx\n"


def test_what_a_vps_has_no_use_for_is_off_and_what_its_users_need_not_read_is_roots(
    closed: Lab,
) -> None:
    vps = closed.vps()

    modules = closed.sh(vps, "cat /etc/modprobe.d/vps-reverse-proxy.conf").text
    redirects = closed.sh(vps, "cat /proc/sys/net/ipv[46]/conf/*/accept_redirects").text
    refused = {
        place: closed.sh(vps, f"runuser -u nobody -- ls {place}/. {place}", check=False).code
        for place in ("/etc/cron.d", "/home/tunnel")
    }

    assert "install sctp /bin/false" in modules
    assert set(redirects.split()) == {"0"}
    assert set(refused.values()) == {2}, refused
    assert closed.sh(vps, "cat /etc/issue.net").text.startswith("This is a private system.")


def test_no_program_is_started_from_memory_also_after_a_remount_by_hand(closed: Lab) -> None:
    vps = closed.vps()
    start = "install -m 755 /bin/true /dev/shm/x; /dev/shm/x; code=$?; rm /dev/shm/x; exit $code"
    try:
        assert closed.sh(vps, start, check=False).code == 126
        closed.sh(vps, "mount -o remount,bind,exec /dev/shm")
        assert closed.sh(vps, start).code == 0
    finally:
        closed.sh(vps, "systemctl restart vps-reverse-proxy-noexec")  # as at each boot
    assert closed.sh(vps, start, check=False).code == 126


def test_a_changed_file_of_a_package_is_in_the_journal_within_the_week(closed: Lab) -> None:
    vps, program = closed.vps(), "/usr/bin/yes"
    assert "/etc/cron.weekly/debsums" in closed.sh(vps, "run-parts --test /etc/cron.weekly").text
    closed.sh(vps, f"cp -a {program} /root/kept; echo >>{program}; /etc/cron.weekly/debsums")
    try:
        told = closed.sh(vps, "journalctl --sync; journalctl -t debsums -o cat").text
    finally:
        closed.sh(vps, f"mv /root/kept {program}")
    assert program in told.splitlines()


def test_no_password_opens_any_account_and_no_weak_one_is_set(closed: Lab) -> None:
    weak = closed.sh(closed.vps(), "echo nobody:hunter22 | chpasswd", check=False)
    accounts = closed.sh(closed.vps(), "passwd --all --status").text.splitlines()

    assert weak.code != 0, weak.text
    assert {line.split()[0] for line in accounts} >= {"root", "admin", "tunnel"}
    assert {line.split()[1] for line in accounts} == {"L"}
