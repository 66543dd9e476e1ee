"""What was changed by hand on a host: a preview names it, `pulumi up` puts it back, once."""

import time
from collections.abc import Callable

from tests.e2e.harness import Lab, Outcome
from tests.e2e.shipped import shipped
from tests.e2e.waiting import until

SITE = "/etc/nginx/conf.d/vps-reverse-proxy-dev.conf"
SSHD = "/etc/ssh/sshd_config.d/40-vps-reverse-proxy-dev.conf"
HARDENED = "/etc/ssh/sshd_config.d/00-vps-reverse-proxy-dev.conf"
RULES = "/etc/vps-reverse-proxy/dev-access-log.rotate"
TIMER = "vps-reverse-proxy-dev-access-log.timer"
TABLE = "inet vps_reverse_proxy_dev"
UNKNOWN = "is unknown ("
LOOKS = 3


def looked(look: Callable[[], Outcome]) -> Outcome:
    """A run that looks at the hosts, once more where a busy machine's host was silent for 3 s."""
    for _ in range(LOOKS):
        done = look()
        if UNKNOWN not in done.text:
            break
    return done


def logins(lab: Lab, vps: str) -> int:
    """How often the administrator has logged in to the VPS."""
    accepted = "journalctl --no-pager -o cat | grep -c '^Accepted publickey for admin '"
    return int(lab.sh(vps, accepted, check=False).text)


def named(lab: Lab) -> str:
    """The warnings of a preview that must not change anything."""
    return looked(lambda: lab.pulumi("preview")).text


def nothing_to_do(lab: Lab) -> None:
    """A run that has nothing to repair, and says so."""
    done = looked(lambda: lab.up("--expect-no-changes", check=False))
    assert done.code == 0, done.text
    assert "drift" not in done.text
    assert "changed:" not in done.text  # as a step says that did something


def test_changes_by_hand_on_both_hosts_are_named_repaired_and_then_forgotten(deployed: Lab) -> None:
    lab, vps = deployed, deployed.vps()
    nothing_to_do(lab)

    lab.sh(vps, f"echo '# by hand' >>{SITE} && systemctl disable -q --now nginx && rm {SSHD}")
    lab.sh(vps, f"echo '# by hand' >>{HARDENED}; nft insert rule {TABLE} input tcp dport 9 accept")
    lab.sh(vps, "chmod 644 /etc/crontab; echo hello >/etc/issue")
    lab.sh("wsl", "chmod 777 /var/lib/vps-tunnel && systemctl disable -q vps-tunnel")
    lab.sh("wsl", "usermod --shell /bin/bash vps-tunnel")
    lab.sh("wsl", f"echo '# by hand' >>{RULES} && systemctl disable -q --now {TIMER}")
    made: list[int] = []

    def counted() -> Outcome:
        before = logins(lab, vps)
        done = lab.pulumi("preview")
        made.append(logins(lab, vps) - before)
        return done

    said = looked(counted).text
    assert made[-1] == 1, said  # it looks once and runs no step
    for words in (
        f"drift on the VPS: file {SITE} was changed",
        "drift on the VPS: unit nginx is disabled stopped (not enabled running)",
        "drift on the VPS: port 80 is nobody (not nginx)",
        f"drift on the VPS: file {SSHD} was removed",
        f"drift on the VPS: file {HARDENED} was changed",
        f"drift on the VPS: table {TABLE} was changed",
        "drift on the VPS: mode /etc/crontab is 644 (not 600)",
        "drift on the VPS: file /etc/issue was changed",
        "drift on the WSL host: unit vps-tunnel is disabled running (not enabled running)",
        "drift on the WSL host: account vps-tunnel is /var/lib/vps-tunnel:/bin/bash",
        f"drift on the WSL host: file {RULES} was changed",
        f"drift on the WSL host: unit {TIMER} is disabled stopped (not enabled running)",
    ):
        assert words in said, said
    assert "9 to update" in said, said
    doctored = lab.typed("bin/ops", "doctor").text
    assert f"table {TABLE} was changed" in " ".join(doctored.split()), doctored

    looked(lab.up)
    nothing_to_do(lab)
    lab.wait_serving()
    assert "# by hand" not in lab.on(vps, "cat", SITE, HARDENED).text
    assert lab.sh(vps, "stat -c %a /etc/crontab").text == "600\n"
    assert "dport 9 " not in lab.sh(vps, f"nft list table {TABLE}").text
    assert lab.sh(vps, f"systemctl is-enabled nginx && test -e {SSHD}").code == 0

    # The same change once more is another one.
    lab.sh(vps, f"echo '# by hand' >>{SITE}")
    assert f"file {SITE} was changed" in named(lab)
    looked(lab.up)
    nothing_to_do(lab)


def test_a_removed_package_is_named_and_comes_back(deployed: Lab) -> None:
    lab, vps = deployed, deployed.vps()
    lab.sh(vps, "apt-get -qq -y purge nginx nginx-common >/dev/null 2>&1")
    assert "drift on the VPS: package nginx was removed" in named(lab)

    looked(lab.up)
    nothing_to_do(lab)
    lab.wait_serving()


def test_a_silent_vps_is_unknown_and_the_preview_goes_on(deployed: Lab) -> None:
    lab, vps = deployed, deployed.vps()
    lab.sh("wsl", "systemctl disable -q vps-tunnel")
    # Its provider's network swallows what comes in.
    closed = "table inet silent { chain in { type filter hook input priority -300; drop; }; }"
    lab.on(vps, "nft", "-f", "-", input=closed)
    try:
        start = time.monotonic()
        done = lab.pulumi("preview")
        took = time.monotonic() - start
        lab.configure({**shipped(), "drift": "off"})
        off = lab.pulumi("preview")
    finally:
        lab.configure(shipped())
        lab.on(vps, "nft", "delete", "table", "inet", "silent")
    assert "drift on the VPS is unknown" in done.text
    assert "drift on the WSL host: unit vps-tunnel" in done.text
    assert took < 100  # ssh by itself waits for two minutes and more
    assert "drift" not in off.text, off.text

    looked(lab.up)
    nothing_to_do(lab)
    until(lambda: lab.speak().code == 0, seconds=60, what="a spoken round trip")
