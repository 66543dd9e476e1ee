"""The VPS closed: its sshd, its firewall, and the guard that puts the old ones back."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from components.hardening import guarded_files
from components.hardening.files import CONFIRM_WITHIN
from components.hardening.hardening import CONFIRM_DIALS
from components.modes import MODES
from components.naming import StackName
from components.ports import OpenPort, open_ports
from components.rendering import script
from tests.unit.components.conftest import Up
from tests.unit.components.samples import EXISTING, OTHER_STACK, STACK
from tests.unit.components.sandbox import Sandbox
from tests.unit.components.test_templates import EDGE, expected
from tests.unit.settings_support import HCLOUD

PORTS = open_ports(MODES["full"], EDGE, ssh_port=22, ssh_allow=["192.0.2.0/24"])


def closed(ports: Sequence[OpenPort] = PORTS, stack: StackName = STACK) -> dict[str, str]:
    return guarded_files(stack=stack, user="admin", open_ports=ports)


def test_the_files_of_a_closed_vps() -> None:
    files = closed()

    assert files.pop("rollback") == script("rollback.sh")
    assert files.pop("sshd.conf") == expected("sshd-hardening.conf")
    assert files == {name: expected(name) for name in files}
    assert {"firewall.nft", "rollback.timer", "sshd-new.conf"} <= files.keys()


def test_a_direct_mode_lets_everybody_in_without_a_list_of_addresses() -> None:
    rules = closed(open_ports(MODES["direct"], (), ssh_port=22))["firewall.nft"]

    assert "        tcp dport 443 accept\n" in rules
    assert "saddr { " not in rules


def test_a_port_that_docker_publishes_is_closed_and_what_is_only_forwarded_goes_on() -> None:
    chain = closed()["firewall.nft"].partition("chain forward {")[2].partition("}")[0]
    rules = [line.strip() for line in chain.splitlines() if line.strip()[:1] not in ("", "#")]

    assert rules == [
        "type filter hook forward priority filter - 1; policy accept;",
        'ct state new ct status dnat meta iifkind "bridge" accept',
        "ct state new ct status dnat drop",
    ]


def test_two_stacks_on_one_machine_have_a_firewall_each() -> None:
    one, other = (closed(stack=stack) for stack in (STACK, OTHER_STACK))

    table = one["firewall.nft"].partition("table inet ")[2].split()[0]
    assert table not in other["firewall.nft"]
    assert table not in other["firewall.service"]


def test_the_firewall_is_up_before_the_network_and_waits_for_nothing_that_waits_for_it() -> None:
    unit = closed()["firewall.service"].splitlines()

    # With the defaults it would wait for sysinit.target, and that for cloud-init, which waits for
    # the network: systemd breaks such a circle by leaving out one of them.
    assert "DefaultDependencies=no" in unit
    assert "Before=network-pre.target shutdown.target nginx.service" in unit
    assert "Conflicts=shutdown.target" in unit
    assert "WantedBy=sysinit.target" in unit


def test_the_metadata_service_is_roots_and_a_resolver_at_its_address_everybodys() -> None:
    rules = closed()["firewall.nft"].splitlines()

    (rule,) = [line for line in rules if "daddr 169.254.169.254" in line]
    assert rule.split("254 ")[1] == "tcp dport != 53 meta skuid != 0 reject"
    (rule6,) = [line for line in rules if "ip6 daddr" in line]
    assert rule6.split("} ")[1] == "tcp dport != 53 meta skuid != 0 reject"


def test_every_rented_vps_is_closed_before_anything_else_is_done_to_it(up: Up) -> None:
    recorder = up()

    change, confirm = recorder["hardening-change"], recorder["hardening-confirm"]
    assert change.urn in confirm.options.dependencies
    assert "phase=change" in change.text("stdin")
    assert "phase=confirm" in confirm.text("stdin")
    for later in ("proxy-packages", "tunnel-user-account"):
        assert confirm.urn in recorder[later].options.propertyDependencies["stdin"].urns


def test_who_administers_the_machine_forwards_and_nobody_else(up: Up) -> None:
    rented = up()["hardening-change"].text("stdin")
    adopted = up(server={**EXISTING, "user": "kim", "harden": True})["hardening-change"]

    assert "\nAllowTcpForwarding no\nAllowStreamLocalForwarding no\n" in rented
    assert "\nMatch User admin\n    AllowTcpForwarding yes\n" in rented
    assert "\nMatch User kim\n    AllowTcpForwarding yes\n" in adopted.text("stdin")


def test_what_is_for_one_user_comes_last_in_sshds_file(tmp_path: Path) -> None:
    files = closed()
    for name in ("sshd.conf", "sshd-new.conf", "sshd-old.conf", "sshd-administrator.conf"):
        (tmp_path / name).write_text(files[name])
    body = script("hardening.sh").replace("/usr/sbin/sshd", "true")
    done = subprocess.run(
        ["bash", "-s"],
        input=f"slug=x stage_dir={tmp_path}\n{body}\ncomplete_sshd_file\n",
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    before, _, after = (tmp_path / "sshd.conf").read_text().partition("\nMatch ")
    assert "\nKexAlgorithms mlkem768x25519" in before
    # sshd refuses most keywords in there, and with them the whole file.
    assert after.split("\nMatch all\n")[1:] == [""]
    assert "Match " not in before


def test_a_change_is_never_without_its_confirmation(up: Up) -> None:
    before, after = (up(server={**HCLOUD, "ssh_allow": allow}) for allow in ([], ["192.0.2.0/24"]))

    for step in ("hardening-change", "hardening-confirm"):
        assert before[step].text("stdin") != after[step].text("stdin")


def test_the_dials_for_the_confirmation_last_until_the_old_settings_are_back() -> None:
    # A refused dial takes no time; from the tenth on they are 5 s apart.
    assert 11.3 + (CONFIRM_DIALS - 10) * 5 > CONFIRM_WITHIN + 30


def test_a_machine_of_the_users_stays_open_unless_it_is_to_be_closed(up: Up) -> None:
    assert not up(server=EXISTING).named("Hardening")

    hardened = up(server={**EXISTING, "port": 2222, "harden": True})["hardening-change"]
    assert "tcp dport 2222 accept" in hardened.text("stdin")
    assert "-- absent" in hardened.text("delete")


def test_both_firewalls_narrow_ssh_alike(up: Up) -> None:
    recorder = up(server={**HCLOUD, "ssh_allow": ["192.0.2.130"]})

    (firewall,) = recorder.named("Firewall")
    (ssh,) = [rule for rule in firewall.inputs["rules"] if rule["port"] == "22"]
    assert ssh["sourceIps"] == ["192.0.2.130/32"]
    rule = "ip saddr { 192.0.2.130/32 } tcp dport 22 accept"
    assert rule in recorder["hardening-change"].text("stdin")


SAID = "permitrootlogin no\npasswordauthentication no\nauthenticationmethods {}\n"


def in_force(folder: Path, said: str) -> "subprocess.CompletedProcess[str]":
    """What becomes of a change after which sshd answers so."""
    vps = Sandbox(folder)
    vps.write("said", said)
    values = {"table": "t", "seconds": "60"}
    return vps.run(
        "hardening.sh", "check_in_force", values=values, fakes="sshd_says() { cat said; }"
    )


@pytest.mark.parametrize(
    "methods", ["publickey", "publickey,keyboard-interactive", "publickey,a publickey,b"]
)
def test_a_change_that_sshd_takes_up_is_kept_in_silence(tmp_path: Path, methods: str) -> None:
    done = in_force(tmp_path, SAID.format(methods))

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        (
            SAID.format("publickey").replace("login no", "login without-password"),
            "'permitrootlogin without-password' instead of 'permitrootlogin no'",
        ),
        (
            SAID.format("publickey").replace("passwordauthentication no", "x"),
            "'no passwordauthentication' instead of 'passwordauthentication no'",
        ),
        (
            SAID.format("any"),
            "'authenticationmethods any' instead of 'authenticationmethods publickey'",
        ),
        (
            SAID.format("publickey password"),
            "'authenticationmethods publickey password' instead of 'authenticationmethods publ",
        ),
    ],
)
def test_another_file_that_has_more_say_than_ours_is_named_and_the_change_undone(
    tmp_path: Path, said: str, instead: str
) -> None:
    done = in_force(tmp_path, said)

    assert done.returncode == 1
    assert f"error: sshd on the VPS goes on with {instead}" in done.stderr
    assert "before 00-vps-reverse-proxy-dev.conf" in done.stderr
    assert "come back within 60 s" in done.stderr


def test_sshd_is_asked_between_its_reload_and_the_firewall() -> None:
    apply = script("hardening.sh").partition("\napply() {")[2].partition("\n}")[0]

    assert apply.index("reload ssh") < apply.index("check_in_force") < apply.index("firewall.nft")


@pytest.mark.parametrize(
    ("now", "then", "refused"),
    [
        ("any", "publickey", False),
        ("publickey", "publickey", False),
        ("publickey,keyboard-interactive", "publickey", True),
        ("publickey,password publickey,keyboard-interactive", "publickey", True),
        # Below a Match line.
        ("publickey,keyboard-interactive", "publickey,keyboard-interactive", False),
    ],
)
def test_a_second_factor_is_not_switched_off(
    tmp_path: Path, now: str, then: str, *, refused: bool
) -> None:
    answer = f"[ $# = 1 ] && methods='{now}' || methods='{then}'"
    done = check_files(Sandbox(tmp_path), f"{answer}; echo authenticationmethods $methods")

    assert done.returncode == refused
    assert (f"(AuthenticationMethods {now})" in done.stderr) == refused
    assert done.stderr == "" or "config set --path p:server.harden false" in done.stderr
    needed = [f"{name} yes" for name in ("KbdInteractiveAuthentication", "PasswordAuthentication")]
    assert not refused or any(f"{name} below the same line" in done.stderr for name in needed)


def check_files(vps: Sandbox, sshd_says: str) -> "subprocess.CompletedProcess[str]":
    """What is looked at before anything changes, where sshd and nftables take the files."""
    vps.program("nft", "exit 0")
    fakes = f"test_sshd_file() {{ :; }}\nsshd_says() {{ {sshd_says}; }}"
    return vps.run("hardening.sh", "check_files", values={"table": "t"}, fakes=fakes)


OFF = "kbdinteractiveauthentication no\npasswordauthentication no\n"
HALF = "kbdinteractiveauthentication yes\npasswordauthentication no\n"


def second_factor(folder: Path, said: str) -> "subprocess.CompletedProcess[str]":
    """Whether kim, who is asked for this, could still log in with the staged file in front."""
    vps = Sandbox(folder)
    vps.program("getent", "echo kim:x:1000:1000::/home/kim:/bin/bash")
    vps.write("said", said)
    other = "echo authenticationmethods publickey"
    return check_files(vps, f"if [ $1 = kim ]; then cat said; else {other}; fi")


@pytest.mark.parametrize(
    ("methods", "lost"),
    [
        ("publickey,keyboard-interactive", "KbdInteractiveAuthentication"),
        ("publickey,keyboard-interactive:pam", "KbdInteractiveAuthentication"),
        ("publickey,password", "PasswordAuthentication"),
    ],
)
def test_a_second_factor_below_a_match_line_that_ours_turns_off_is_refused(
    tmp_path: Path, methods: str, lost: str
) -> None:
    done = second_factor(tmp_path, f"{OFF}authenticationmethods {methods}\n")

    assert done.returncode == 1
    assert f"asks kim for more than a key (authenticationmethods {methods})" in done.stderr
    assert f"put {lost} yes below the same Match line" in done.stderr


@pytest.mark.parametrize(
    "said",
    [
        f"{OFF}authenticationmethods publickey,keyboard-interactive publickey\n",
        f"{OFF}authenticationmethods any\n",
        f"{OFF.replace('no', 'yes')}authenticationmethods publickey,password\n",
        f"{HALF}authenticationmethods publickey,password publickey,keyboard-interactive\n",
    ],
)
def test_who_has_a_way_in_left_is_no_reason_to_refuse(tmp_path: Path, said: str) -> None:
    done = second_factor(tmp_path, said)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_password_after_a_key_is_more_than_we_ask_for(tmp_path: Path) -> None:
    said = SAID.format("publickey,password").replace("authentication no", "authentication yes")

    assert in_force(tmp_path, said).returncode == 0


@pytest.fixture
def rolled(tmp_path: Path) -> Path:
    """A folder as hardening.sh leaves it: one file replaced, one that was not there before."""
    etc = tmp_path / "etc"
    etc.mkdir()
    (etc / "sshd.conf").write_text("new")
    (etc / "rules.nft").write_text("new")
    (etc / "wall.service").write_text("new")
    folder = tmp_path / "guard"
    (folder / f"old{etc}").mkdir(parents=True)
    for name in ("sshd.conf", "wall.service"):
        (folder / f"old{etc}" / name).write_text("old")
    armed = [f"{etc}/{name}\n" for name in ("sshd.conf", "rules.nft", "wall.service")]
    (folder / "armed").write_text("".join(armed))
    (folder / "table").write_text("t\n")
    return folder


def roll_back(
    folder: Path, programs: Path, failing: str = "nothing"
) -> subprocess.CompletedProcess[str]:
    """Run rollback.sh with stand-ins for the programs that change a machine."""
    programs.mkdir(exist_ok=True)
    for name in ("systemctl", "nft", "sshd"):
        stand_in = programs / name
        stand_in.write_text(
            f'#!/bin/sh\necho "{name} $*" >>{programs}/log\ncat >>{programs}/log\n'
            f'case "{name} $*" in "{failing}"*) exit 1 ;; esac\n'
        )
        stand_in.chmod(0o755)
    text = script("rollback.sh").replace("PATH=/usr/sbin", f"PATH={programs}:/usr/sbin")
    text = text.replace("/usr/sbin/sshd", "sshd")
    (folder / "rollback").write_text(text)
    return subprocess.run(
        ["bash", str(folder / "rollback"), str(folder)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_what_nobody_confirmed_is_put_back_and_told(rolled: Path, tmp_path: Path) -> None:
    done = roll_back(rolled, tmp_path / "bin")

    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "etc/sshd.conf").read_text() == "old"
    assert not (tmp_path / "etc/rules.nft").exists()
    assert (rolled / "fired").exists()
    log = (tmp_path / "bin/log").read_text()
    assert "systemctl reload ssh" in log
    assert "systemctl reenable --quiet --no-reload wall.service" in log
    assert "delete table inet t" in log


def test_where_units_cannot_be_read_anew_the_firewall_is_put_back_all_the_same(
    rolled: Path, tmp_path: Path
) -> None:
    done = roll_back(rolled, tmp_path / "bin", failing="systemctl daemon-reload")

    assert done.returncode == 1
    assert "delete table inet t" in (tmp_path / "bin/log").read_text()
    assert (rolled / "fired").exists()


def test_a_file_that_cannot_be_put_back_keeps_nothing_else_and_is_tried_again(
    rolled: Path, tmp_path: Path
) -> None:
    kept = rolled / f"old{tmp_path}/etc/rules.nft"
    kept.write_text("old")
    in_the_way = [tmp_path / f"etc/{name}.old" for name in ("sshd.conf", "rules.nft")]
    for path in in_the_way:
        path.mkdir()

    done = roll_back(rolled, tmp_path / "bin")

    assert done.returncode == 1
    assert (tmp_path / "etc/wall.service").read_text() == "old"
    log = (tmp_path / "bin/log").read_text()
    assert "systemctl reload ssh" in log
    assert f"nft --file {kept}" in log
    assert (rolled / "armed").exists()

    for path in in_the_way:
        shutil.rmtree(path)

    assert roll_back(rolled, tmp_path / "bin").returncode == 0
    assert (tmp_path / "etc/sshd.conf").read_text() == "old"
    assert (tmp_path / "etc/rules.nft").read_text() == "old"
    assert not (rolled / "armed").exists()


def test_a_firewall_that_cannot_be_put_back_is_a_failure(rolled: Path, tmp_path: Path) -> None:
    done = roll_back(rolled, tmp_path / "bin", failing="nft --file /dev/stdin")

    assert done.returncode == 1
    assert (tmp_path / "etc/sshd.conf").read_text() == "old"


def test_what_was_confirmed_stays(rolled: Path, tmp_path: Path) -> None:
    (rolled / "armed").unlink()

    roll_back(rolled, tmp_path / "bin")

    assert (tmp_path / "etc/sshd.conf").read_text() == "new"
    assert not (rolled / "fired").exists()


@pytest.mark.parametrize("places", [["var/lib/cloud"], ["var/lib/cloud", "run/cloud-init"], []])
def test_what_the_first_boot_was_told_is_closed_where_it_is(
    tmp_path: Path, places: list[str]
) -> None:
    vps = Sandbox(tmp_path)
    told = [vps.write(f"{place}/user-data.txt") for place in places]

    done = vps.run("hardening.sh", "close_user_data", values={"table": "t"})

    assert done.returncode == 0, done.stderr
    assert [path.stat().st_mode & 0o777 for path in told] == [0o600] * len(told)
    assert done.stderr.count("changed: mode of") == len(told)
