"""A VPS the user has: files are added, and taken away again; all else stays."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from components.naming import Names, label_machine, label_step
from lab import hosts, lifecycle, world
from lab.machines import LabMachines
from lab.paths import lab_dir
from tests.e2e import traces
from tests.e2e.harness import PROGRAM, Lab
from tests.e2e.probes import reaches
from tests.e2e.streams import uncut
from tests.e2e.waiting import until

STACK = "home"
KEY = "/home/speech/.ssh/existing"
BLOG = "/etc/nginx/sites-enabled/blog"


@pytest.fixture(scope="module")
def existing(lab: Lab) -> Iterator[Lab]:
    """A machine of the user's with a site, a login and a port of its own; dev is not up.

    Its sshd lets its owner in alone, and forwards nothing, as guides to a closed VPS advise.
    """
    lab.pulumi("destroy", "--yes", "--skip-preview", check=False)
    lifecycle.add_existing_vps(lab.name)
    files = lab_dir(lab.name) / "home-vps"
    lab.sh("wsl", "install -d -m 700 -o speech -g speech /home/speech/.ssh")
    lab.write("wsl", KEY, (files / "id_ed25519").read_text())
    lab.sh("wsl", f"chown speech: {KEY} && chmod 600 {KEY}")
    lab.sh(
        "home-vps",
        "apt-get -q update && apt-get -q -y install nginx && rm /etc/nginx/sites-enabled/default",
    )
    restart_with(lab, blog("80 default_server"))
    lab.sh(
        "home-vps",
        "printf 'AllowUsers admin root\\nDisableForwarding yes\\n'"
        " >/etc/ssh/sshd_config.d/50-owner.conf && systemctl try-reload-or-restart ssh",
    )
    lab.sh("home-vps", "runuser -u admin -- sudo true")  # sudo leaves a file at the first time
    # Not selected: whoever types bin/ops afterwards means the stack that was.
    lab.pulumi("stack", "init", "--no-select", check=False, stack=STACK)
    lab.configure(config(lab), stack=STACK)
    yield lab
    lab.pulumi("destroy", "--yes", "--skip-preview", stack=STACK)
    lab.pulumi("stack", "rm", "--yes", "--force", stack=STACK)
    lab.on("wsl", "rm", "-f", f"{PROGRAM}/Pulumi.{STACK}.yaml", KEY)


def blog(listen: str) -> str:
    """The site of the user's."""
    return (
        f"server {{ listen {listen}; server_name blog.example; location / {{ return 200 blog; }} }}"
    )


def restart_with(lab: Lab, site: str) -> None:
    """As a boot would: systemd refuses a fifth restart within ten seconds."""
    lab.write("home-vps", BLOG, site)
    lab.sh("home-vps", "systemctl reset-failed nginx; systemctl restart nginx")


def config(lab: Lab, mode: str = "flexible", **server: object) -> dict[str, Any]:
    host_key = (lab_dir(lab.name) / "home-vps/host_key.pub").read_text().strip()
    return {
        "server": {
            "provider": "existing",
            "address": "203.0.113.5",
            "user": "admin",
            "key_file": "~/.ssh/existing",
            "host_key": host_key,
            **server,
        },
        "edge": {"mode": mode, "zone": "gonova.one"},
    }


def step_on(step: str, settings: Mapping[str, Any]) -> str:
    """What a step is called in the state, on the machine of these settings."""
    return label_step(step, label_machine(settings["server"]["host_key"]))


def closed_by(lab: Lab) -> str:
    """How sshd, firewall, kernel and files are set, and what is there to change them back."""
    return lab.sh(
        "home-vps",
        "sshd -T | sort; nft list ruleset; ls /etc/ssh/sshd_config.d /etc/systemd/system;"
        " ls /etc/modprobe.d /etc/sysctl.d /usr/local/lib; cat /etc/issue*;"
        " ls /etc/security/limits.d /etc/systemd /etc/profile.d; cat /etc/pam.d/common-password;"
        " cat /proc/sys/net/ipv[46]/conf/*/{accept,send}_redirects;"
        " stat -c '%a %n' /etc/cron* /etc/ssh/sshd_config; ls /etc/default;"
        " findmnt -nro TARGET,VFS-OPTIONS /dev; findmnt -nro TARGET,VFS-OPTIONS /dev/shm",
        check=False,  # IPv6 sends no redirects
    ).text


def files_of(lab: Lab) -> str:
    return lab.sh(
        "home-vps",
        "find /etc /home /usr/local /var/lib/vps-reverse-proxy /var/lib/private -type f"
        " ! -path '/etc/.pwd.lock' ! -name '*-'"
        " -print0 2>/dev/null | sort -z | xargs -0 sha256sum",
    ).text


def placed(lab: Lab) -> list[str]:
    """As `files_of`, without what the watcher writes all the time."""
    return [line for line in files_of(lab).splitlines() if "/var/lib/private/" not in line]


@pytest.fixture(scope="module")
def serving(existing: Lab) -> Lab:
    """The machine with stack home up; each test that asks for this leaves it so."""
    existing.up(stack=STACK)
    existing.wait_serving()
    return existing


def test_a_key_file_that_others_may_read_is_refused(existing: Lab) -> None:
    lab = existing
    lab.on("wsl", "chmod", "644", KEY)
    try:
        outcome = lab.up(stack=STACK, check=False)
    finally:
        lab.on("wsl", "chmod", "600", KEY)

    assert outcome.code != 0
    assert "chmod 600" in outcome.text


def test_a_machine_that_ssh_does_not_reach_is_named(existing: Lab) -> None:
    lab = existing
    lab.configure(config(lab, port=2222), stack=STACK)
    try:
        outcome = lab.up(stack=STACK, check=False)
    finally:
        lab.configure(config(lab), stack=STACK)

    assert outcome.code != 0
    assert "203.0.113.5" in outcome.text
    assert "2222" in outcome.text


def test_port_80_held_by_another_program_is_named(existing: Lab) -> None:
    lab = existing
    lab.sh(
        "home-vps",
        "systemctl stop nginx && systemd-run --quiet --unit=squatter python3 -m http.server 80",
    )
    try:
        outcome = lab.up(stack=STACK, check=False)
    finally:
        lab.sh("home-vps", "systemctl stop squatter; systemctl start nginx")

    assert outcome.code != 0
    assert "port 80 of the VPS is taken by python3" in outcome.text


@pytest.mark.full
@pytest.mark.parametrize(
    ("listen", "said"),
    [
        ("80", f"the first site that it reads, which is {BLOG} now and would be ours"),
        ("127.0.0.1:8081", f"port 8081 for another site already ({BLOG})"),
        ("[::]:80 default_server ipv6only=off", "does not take up the new configuration"),
    ],
)
def test_a_site_that_ours_would_harm_is_named_and_goes_on_as_before(
    existing: Lab, listen: str, said: str
) -> None:
    lab = existing
    restart_with(lab, blog(listen))
    try:
        outcome = lab.up(stack=STACK, check=False)

        assert outcome.code != 0
        assert said in outcome.text
        assert "vps-reverse-proxy" not in lab.sh("home-vps", "ls /etc/nginx/conf.d").text
        restart_with(lab, blog(listen))
        port = re.sub(r"\D", "", listen.split(maxsplit=1)[0])[-4:]
        answer = lab.sh("home-vps", f"curl -s http://127.0.0.1:{port}/").text
        assert answer == "blog"
    finally:
        restart_with(lab, blog("80 default_server"))


def test_destroy_undoes_a_step_that_failed_half_way(existing: Lab) -> None:
    lab = existing
    lab.pulumi("destroy", "--yes", "--skip-preview", stack=STACK)
    untouched = files_of(lab)
    in_the_way = f"/etc/tmpfiles.d/vps-reverse-proxy-{STACK}.conf"  # needed after the account
    lab.sh("home-vps", f"mkdir {in_the_way}")
    try:
        outcome = lab.up(stack=STACK, check=False)

        assert f"cannot write {in_the_way}" in outcome.text, outcome.text
        assert lab.sh("home-vps", "getent passwd tunnel").text.startswith("tunnel:")
    finally:
        lab.sh("home-vps", f"rmdir {in_the_way}")

    said = lab.pulumi("destroy", "--yes", "--skip-preview", stack=STACK).text

    assert "undid the step tunnel-user-account, which had not ended" in said
    assert files_of(lab) == untouched
    assert lab.sh("home-vps", "getent passwd tunnel", check=False).code != 0


def test_destroy_undoes_a_step_that_failed_half_way_on_the_wsl_host(existing: Lab) -> None:
    lab = existing
    lab.pulumi("destroy", "--yes", "--skip-preview", stack=STACK)
    untouched = [traces.kernel(lab, "wsl"), *traces.marked(lab, "wsl")]
    in_the_way = "/var/lib/vps-tunnel/holder"  # needed once the kernel's settings are changed
    # The tunnel's account has its folder by then, and its unit comes later.
    account = f"{step_on('tunnel-user-account', config(lab))} creating"
    outcome = lab.up(
        stack=STACK, check=False, at={account: lambda: lab.on("wsl", "touch", in_the_way)}
    )

    assert outcome.code != 0
    assert in_the_way in outcome.text, outcome.text
    assert traces.kernel(lab, "wsl") != untouched[0]

    said = lab.pulumi("destroy", "--yes", "--skip-preview", stack=STACK).text

    assert "undid the step tunnel-unit, which had not ended" in said
    assert [traces.kernel(lab, "wsl"), *traces.marked(lab, "wsl")] == untouched


def test_an_existing_vps_serves_and_keeps_what_was_there(serving: Lab) -> None:
    lab = serving

    assert lab.speak().code == 0
    blog = lab.get("http://203.0.113.5/", "-H", "Host: blog.example")
    unknown = lab.get("http://203.0.113.5/", "-H", "Host: nobody.example")
    assert blog.text == "blog\n200"
    assert unknown.text == "blog\n200"  # as before: the user's own first site
    root = lab.on("home-vps", "sshd", "-T", "-C", "user=root,host=x,addr=192.0.2.10").text
    assert re.search("permitrootlogin (without|prohibit)-password", root)  # as newer ones say
    lab.up("--expect-no-changes", stack=STACK)


def test_a_wrong_host_key_is_refused_and_no_stream_notices(serving: Lab) -> None:
    lab = serving
    other = lab.sh(
        "wsl",
        "rm -f /root/other; ssh-keygen -q -t ed25519 -N '' -f /root/other; cat /root/other.pub",
    ).text.strip()
    lab.configure(config(lab, host_key=" ".join(other.split()[:2])), stack=STACK)
    try:
        with uncut(lab, "wss://asr.gonova.one/v1/stream/asr"):
            outcome = lab.up(stack=STACK, check=False)
    finally:
        lab.configure(config(lab), stack=STACK)

    assert outcome.code != 0
    assert "server.host_key" in outcome.text
    assert "shows another host key" in outcome.text


def test_behind_the_edge_an_existing_vps_answers_nobody_else_for_our_names_alone(
    serving: Lab,
) -> None:
    lab = serving

    past = lab.get("http://203.0.113.5/health", "-H", "Host: asr.gonova.one")
    blog = lab.get("http://203.0.113.5/", "-H", "Host: blog.example")

    assert past.code == 52, past.text  # curl's: an empty answer
    assert blog.text == "blog\n200"
    assert "vps_reverse_proxy" not in lab.on("home-vps", "nft", "list", "ruleset").text


def test_a_lock_out_is_undone_by_the_machine_itself_and_up_says_so(serving: Lab) -> None:
    lab = serving
    before = closed_by(lab)
    # Everybody but us: the connection that makes the change lives on, a new one does not come in.
    lab.configure(config(lab, harden=True, ssh_allow=["192.0.2.0/24"]), stack=STACK)
    outcome = lab.up(stack=STACK, check=False)
    lab.configure(config(lab), stack=STACK)

    assert outcome.code != 0
    assert "it put the old ones back by itself" in outcome.text
    assert "server.ssh_allow" in outcome.text
    assert closed_by(lab) == before
    assert lab.get("http://203.0.113.5/", "-H", "Host: blog.example").text == "blog\n200"
    lab.up(stack=STACK)


def test_a_machine_of_the_users_is_closed_and_opened_again(serving: Lab) -> None:
    lab = serving
    before = closed_by(lab)
    lab.configure(config(lab, harden=True, ssh_allow=[str(world.HOME_ADDRESS)]), stack=STACK)
    lab.up(stack=STACK)
    lab.wait_serving()

    assert not reaches(lab, "client", "203.0.113.5", 22)
    assert not reaches(lab, "client", "203.0.113.5", 80)
    root = lab.on("home-vps", "sshd", "-T", "-C", "user=root,host=x,addr=192.0.2.10").text
    assert "permitrootlogin no" in root
    assert "rollback" not in lab.sh("home-vps", "ls /etc/systemd/system").text
    table = lab.on("home-vps", "nft", "list", "table", "inet", Names(STACK).firewall_table).text
    assert "ct status dnat drop" in table  # nor is what Docker publishes open
    closed = closed_by(lab)
    assert "600 /etc/ssh/sshd_config" in closed
    assert len(re.findall(r"^/dev(?:/shm)? .*noexec", closed, re.MULTILINE)) == 2
    lab.up("--expect-no-changes", stack=STACK)

    lab.configure(config(lab), stack=STACK)
    lab.up(stack=STACK)
    assert closed_by(lab) == before
    assert reaches(lab, "client", "203.0.113.5", 80)


HOLDER = """
import fcntl, time
lock = open("/var/lib/dpkg/lock-frontend", "w")
fcntl.lockf(lock, fcntl.LOCK_EX)
time.sleep(600)
"""
# The oldest: what it starts is called so, too, for a moment.
INSTALLING = "pgrep -o -f '^apt-get .* install .*certbot'"


@contextmanager
def packages_held(lab: Lab) -> Iterator[Callable[[], None]]:
    """Somebody else installs packages meanwhile; yields what lets go once `up` has waited."""
    seen: list[str] = []

    def look() -> str:
        return lab.sh("home-vps", f"{INSTALLING} && dpkg-query -W", check=False).text

    def release() -> None:
        try:
            seen.append(until(look, seconds=60, what="apt-get is to install certbot"))
            time.sleep(4)  # without the lock it would be at work by now
            seen.append(look())
        finally:
            lab.sh("home-vps", "systemctl stop holder")

    lab.write("home-vps", "/root/holder.py", HOLDER)
    lab.sh("home-vps", "systemd-run --quiet --unit=holder python3 /root/holder.py")
    try:
        yield release
    finally:
        lab.sh("home-vps", "systemctl stop holder; rm /root/holder.py", check=False)

    # The same apt-get, and not a package more: what `up` needed came after the release.
    before, after = seen
    assert after == before
    assert "certbot" not in after


LETSENCRYPT = "/etc/letsencrypt"
BLOG_CERTIFICATE = f"""
install -d -m 700 {LETSENCRYPT}/live/blog.example
cd {LETSENCRYPT}/live/blog.example
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \\
  -subj /CN=blog.example -keyout privkey.pem -out cert.pem
"""
"""Of the user's other site, where its certbot keeps one."""


def test_an_existing_vps_waits_for_other_installations_gets_a_certificate_and_gives_all_back(
    existing: Lab,
) -> None:
    lab = existing
    lab.configure(config(lab, mode="direct"), stack=STACK)
    obtaining = f"{step_on('public-certificate-obtained', config(lab))} creating"
    with packages_held(lab) as release:
        lab.up(stack=STACK, at={obtaining: release})
    lab.wait_serving()
    assert lab.speak().code == 0
    assert lab.get("http://203.0.113.5/", "-H", "Host: blog.example").text == "blog\n200"

    lab.sh("home-vps", f"certbot -q renew; {BLOG_CERTIFICATE}")
    theirs = f"find {LETSENCRYPT} -type f -not -name cli.ini -print0 | sort -z | xargs -0 sha256sum"
    kept = lab.sh("home-vps", theirs).text

    lab.configure(config(lab), stack=STACK)
    said = lab.pulumi("destroy", "--yes", "--skip-preview", stack=STACK).text

    assert f"left certbot to the certificates in {LETSENCRYPT}" in said
    assert kept.count("/blog.example/") == 2
    assert lab.sh("home-vps", theirs).text == kept
    left = lab.sh(
        "home-vps",
        "find / -xdev -name '*vps-reverse-proxy*' -not -path '/proc/*' -not -path '/var/log/*'",
        check=False,
    ).text
    assert "vps-reverse-proxy" not in left, left
    lab.sh("home-vps", "DEBIAN_FRONTEND=noninteractive apt-get -q -y purge certbot")


@pytest.fixture
def elsewhere(existing: Lab) -> Iterator[dict[str, Any]]:
    """The configuration that moves the stack to a second machine of the user's."""
    lab, place, key = existing, world.OTHER_HOME_VPS, f"{KEY}-2"
    files = lifecycle.add_existing_vps(lab.name, place=place)
    lab.write("wsl", key, (files / "id_ed25519").read_text())
    lab.sh("wsl", f"chown speech: {key} && chmod 600 {key}")
    yield config(
        lab,
        address=str(place.address),
        key_file=key,
        host_key=(files / "host_key.pub").read_text().strip(),
    )
    lab.on("wsl", "rm", "-f", key)
    hosts.delete(lab.name, place.name)


def test_a_move_to_another_machine_leaves_nothing_on_the_old_one(
    existing: Lab, elsewhere: dict[str, Any]
) -> None:
    lab = existing
    lab.pulumi("destroy", "--yes", "--skip-preview", stack=STACK)
    untouched = files_of(lab)
    lab.up(stack=STACK)

    try:
        lab.configure(elsewhere, stack=STACK)
        said = lab.up(stack=STACK).text

        assert "server.address 203.0.113.5 -> 203.0.113.6" in " ".join(said.split())
        # The old one serves until the new one can.
        old, new = (
            step_on("tunnel-user-account", settings) for settings in (config(lab), elsewhere)
        )
        assert said.index(f"{new} created") < said.index(f"{old} deleted")
        assert files_of(lab) == untouched
        assert lab.sh("home-vps", "getent passwd tunnel", check=False).code != 0
        assert "203.0.113.6" in lab.pulumi("stack", "output", "vpsAddress", stack=STACK).text
        until(
            lambda: lab.get("https://asr.gonova.one/health").text.endswith("200"),
            seconds=60,
            what="the moved stack serves",
        )
        lab.up("--expect-no-changes", stack=STACK)
    finally:
        lab.pulumi("destroy", "--yes", "--skip-preview", stack=STACK)
        lab.configure(config(lab), stack=STACK)


@pytest.mark.full
def test_after_a_move_that_failed_the_way_back_takes_nothing_from_the_machine_in_use(
    existing: Lab, elsewhere: dict[str, Any]
) -> None:
    lab, other = existing, world.OTHER_HOME_VPS.name
    lab.up(stack=STACK)
    before = placed(lab)
    lab.sh(other, "systemd-run --quiet --unit=squatter python3 -m http.server 80")

    try:
        lab.configure(elsewhere, stack=STACK)
        failed = lab.up(stack=STACK, check=False)
        assert failed.code != 0
        assert "port 80 of the VPS is taken by python3" in failed.text
        lab.configure(config(lab), stack=STACK)
        lab.up(stack=STACK)

        assert placed(lab) == before
        assert lab.sh("home-vps", "getent passwd tunnel").text
        assert lab.sh(other, "getent passwd tunnel", check=False).code != 0
        lab.wait_serving()
        lab.up("--expect-no-changes", stack=STACK)
    finally:
        lab.configure(config(lab), stack=STACK)
        lab.pulumi("destroy", "--yes", "--skip-preview", stack=STACK)


def test_destroy_ends_when_the_machine_is_gone_and_takes_what_it_left_once_it_is_back(
    existing: Lab,
) -> None:
    lab = existing
    first = files_of(lab)  # the tests before this one have destroyed the stack
    assert "vps-reverse-proxy" not in first
    lab.up(stack=STACK)
    machines = LabMachines(lab.name)
    machines.power_off("home-vps")
    machines.set_firewall("home-vps", [])  # no answer, and not "refused"
    try:
        begun = time.monotonic()
        ended = lab.pulumi("destroy", "--yes", "--skip-preview", stack=STACK)
        took = time.monotonic() - begun
    finally:
        machines.set_firewall("home-vps", None)
        machines.start("home-vps")
        hosts.wait_booted(lab.name, "home-vps")

    assert took < 120
    for left in ("proxy-packages", "proxy-site", "tunnel-user-account"):
        assert f"warning: {left} is not undone" in ended.text
    assert '"urn"' not in lab.pulumi("stack", "export", stack=STACK).text
    assert lab.cloudflare("GET", f"/zones/{lab.zone_id()}/dns_records") == []
    assert "vps-reverse-proxy" in files_of(lab)
    # As it says: once the machine is back, up and destroy take it away.
    lab.up(stack=STACK)
    lab.pulumi("destroy", "--yes", "--skip-preview", stack=STACK)
    assert files_of(lab) == first
    assert lab.sh("home-vps", "getent passwd tunnel", check=False).code != 0
    assert lab.get("http://203.0.113.5/", "-H", "Host: blog.example").text == "blog\n200"
    assert "nginx" in lab.sh("home-vps", "dpkg-query -W nginx").text
    # The kernel as on a host that nobody touched, and the folders open to all again.
    # Of those that this kernel has.
    settings = (
        "cd /proc/sys/net/ipv4 &&"
        " grep -s . tcp_congestion_control tcp_notsent_lowat tcp_rto_max_ms tcp_retries2 || true"
    )
    untouched = lab.sh("client", settings).text
    assert "tcp_retries2:" in untouched
    assert lab.sh("home-vps", settings).text == untouched
    modes = lab.sh("home-vps", "ls -ld /tmp /var/tmp /dev/shm /run/lock").text
    assert modes.count("drwxrwxrwt ") == 4, modes
    assert (
        "/dev/null"
        not in lab.sh("home-vps", "ls -l /etc/systemd/system | grep user@", check=False).text
    )
