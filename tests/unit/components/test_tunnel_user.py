"""The tunnel's account on a VPS that serves two stacks: what one takes back stays the other's."""

from pathlib import Path

import pytest

from components.rendering import render, script
from components.sockets import WORLD_WRITABLE
from tests.unit.components.sandbox import Sandbox

ACCOUNTS = {"tunnel": "p/dev", "other": "p/other"}
OPEN = "user::rwx,group::rwx,other::rwx"


class Vps(Sandbox):
    """A machine with the accounts of two stacks; the sockets' places are below its folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.places = [f"{folder}/places{place}" for place in WORLD_WRITABLE]
        for account, stack in ACCOUNTS.items():
            self.tmpfiles(account, stack)
        self.program("getent", f'grep "^$2:" {folder}/accounts')
        self.know(*ACCOUNTS)
        self.program("systemd-tmpfiles", f"cat >{folder}/told")

    def know(self, *accounts: str) -> None:
        """Which accounts there are."""
        self.write("accounts", "".join(f"{account}:x:1::c:/h:/s\n" for account in accounts))

    def tmpfiles(self, account: str, stack: str) -> None:
        """What the step of a stack has put in place."""
        text = render(
            "tmpfiles.conf.j2",
            owner=stack,
            account=account,
            directory="/run/x",
            folders=["0a"],
            world_writable=self.places,
        )
        self.write(f"etc/tmpfiles.d/vps-reverse-proxy-{stack.partition('/')[2]}.conf", text)

    def allow(self) -> list[str]:
        """What systemd-tmpfiles is told when the first of the stacks goes."""
        values = {"account": "tunnel", "elsewhere": " ".join(self.places)}
        done = self.run("tunnel-user.sh", "allow_elsewhere", values=values)
        assert (done.returncode, done.stderr) == (0, "")
        return self.read("told").splitlines()


@pytest.fixture
def vps(tmp_path: Path) -> Vps:
    return Vps(tmp_path)


def test_places_that_one_stack_opens_stay_closed_to_the_other(vps: Vps) -> None:
    assert vps.allow() == [f"a {place} - - - - {OPEN},user:other:---" for place in vps.places]


def test_the_last_stack_leaves_the_places_as_every_account_has_them(vps: Vps) -> None:
    (vps.folder / "etc/tmpfiles.d/vps-reverse-proxy-other.conf").unlink()

    assert vps.allow() == [f"a {place} - - - - {OPEN}" for place in vps.places]


def test_an_account_that_is_no_more_does_not_keep_the_places_closed(vps: Vps) -> None:
    """systemd-tmpfiles takes no line that names an account it does not know."""
    vps.know("tunnel")

    assert vps.allow() == [f"a {place} - - - - {OPEN}" for place in vps.places]


def test_what_a_stack_closes_is_added_to_what_is_closed_already() -> None:
    text = render(
        "tmpfiles.conf.j2",
        owner="o",
        account="tunnel",
        directory="/d",
        folders=[],
        world_writable=["/t"],
    )

    assert [line for line in text.splitlines() if line.startswith("a")] == [
        "a+ /t - - - - user:tunnel:---"
    ]


def make(vps: Vps, command: str, fakes: str = "") -> str:
    """Run a part of the step for an account whose home is below the machine's folder."""
    vps.program("useradd")
    own = "home=$PWD/home/tunnel; keys=$home/.ssh/authorized_keys; shell=$home/hold\n"
    done = vps.run("tunnel-user.sh", command, values={"account": "tunnel"}, fakes=own + fakes)
    assert done.returncode == ("error: " in done.stderr), done.stderr
    return done.stderr.replace(str(vps.folder), "")


def test_a_folder_that_an_account_of_that_name_left_is_not_taken(vps: Vps) -> None:
    vps.know()
    vps.write("home/tunnel/diary")

    assert make(vps, "ensure_account") == (
        "error: the VPS has /home/tunnel, which is not this stack's; set another name: pulumi"
        " config set --path p:tunnel.account NAME\n"
    )
    assert not [call for call in vps.called() if call.startswith("useradd")]


def test_a_home_that_is_a_link_is_not_taken(vps: Vps) -> None:
    vps.know()
    (vps.folder / "home").mkdir()
    (vps.folder / "home/tunnel").symlink_to("nowhere")

    assert "which is not this stack's" in make(vps, "ensure_account")


@pytest.mark.parametrize("left", [False, True])
def test_the_account_is_made_where_there_is_no_home_or_one_of_our_own(
    vps: Vps, *, left: bool
) -> None:
    """Our own is what `deluser` by hand leaves: root's, with the shell in it."""
    vps.know()
    fakes = "account_comment() { echo $comment; }; repair_account() { :; }\n"
    if left:
        vps.write("home/tunnel/hold")
        fakes += "stat() { echo 0; }"

    assert make(vps, "ensure_account", fakes) == "changed: created account tunnel\n"


def test_a_run_that_ended_after_the_account_was_made_goes_on(vps: Vps) -> None:
    vps.write("home/tunnel/half")
    fakes = "account_comment() { echo $comment; }; repair_account() { :; }\n"

    assert make(vps, "ensure_account", fakes) == ""
    assert not [call for call in vps.called() if call.startswith("useradd")]


def test_the_home_is_roots_whoevers_it_was() -> None:
    folders = [line for line in script("tunnel-user.sh").splitlines() if "install -d " in line]

    assert len(folders) == 2
    assert all(" -o root " in line for line in folders)


SAID = "permitopen none\npermitlisten none\nforcecommand hold\ndisableforwarding no\n"
DROP_IN = "etc/ssh/sshd_config.d/40-vps-reverse-proxy-dev.conf"


def asked(vps: Vps, said: str) -> str:
    """What the step says to this answer of sshd's, its file in place."""
    vps.write("said", said)
    vps.write(DROP_IN)
    return make(vps, "check_in_force", 'sshd_says() { [ "$1" = tunnel ] && cat said; }')


def test_an_account_that_is_confined_is_passed_in_silence(vps: Vps) -> None:
    assert asked(vps, SAID) == ""
    assert (vps.folder / DROP_IN).exists()


@pytest.mark.parametrize(
    ("line", "other"),
    [
        ("permitopen none", "permitopen any"),
        ("permitlisten none", "permitlisten *:8080"),
        ("forcecommand hold", "forcecommand none"),
        ("disableforwarding no", "disableforwarding yes"),
    ],
)
@pytest.mark.parametrize("keyed", [False, True])
def test_an_account_that_another_file_frees_gets_no_key_and_keeps_what_confines_it(
    vps: Vps, line: str, other: str, *, keyed: bool
) -> None:
    if keyed:
        vps.write("home/tunnel/.ssh/authorized_keys")

    said = asked(vps, SAID.replace(line, other))

    assert f"sshd on the VPS goes on with '{other}' instead of '{line}' for tunnel" in said
    assert "before 40-vps-reverse-proxy-dev.conf" in said
    assert (vps.folder / DROP_IN).exists() == keyed


@pytest.mark.parametrize(
    "denied", ["denyusers tunnel", "denyusers tun*", "denyusers tunnel@*", "denygroups services"]
)
def test_an_account_that_sshd_denies_is_told_and_gets_no_key(vps: Vps, denied: str) -> None:
    vps.program("id", "echo tunnel services")

    said = asked(vps, f"{SAID}denyusers kim\n{denied}\n")

    assert (
        f"error: sshd on the VPS does not let tunnel in, which holds the tunnel: {denied} (" in said
    )
    assert not (vps.folder / DROP_IN).exists()


@pytest.mark.parametrize(
    "denied", ["denyusers tunnels", "denyusers tunnel@192.0.2.1", "denygroups sftponly"]
)
def test_who_else_sshd_denies_is_no_matter(vps: Vps, denied: str) -> None:
    vps.program("id", "echo tunnel services")

    assert asked(vps, f"{SAID}{denied}\n") == ""


def test_what_sshd_says_of_everybodys_logins_and_forwards_does_not_hold_for_the_account() -> None:
    text = render("sshd.conf.j2", owner="o", account="tunnel")
    match = text.partition("Match User tunnel\n")[2].partition("Match all")[0].splitlines()

    lines = {"AllowUsers tunnel", "AllowGroups tunnel", "DisableForwarding no"}
    assert lines <= {line.strip() for line in match}


def test_sshd_is_asked_before_the_key_is_in_place() -> None:
    ensure = script("tunnel-user.sh").partition("\nensure() {")[2]

    assert ensure.index("check_in_force") < ensure.index("reload_sshd")
    assert ensure.index("check_in_force") < ensure.index("authorized_keys")


def test_what_sshd_is_told_of_the_account_can_lock_nobody_else_out() -> None:
    """So it needs no guard (ADR 18): it is tested first, for one account, and taken up gently."""
    text = script("tunnel-user.sh")
    ensure = text.partition("\nensure() {\n")[2]
    golden = Path(__file__).parent / "rendered/sshd.conf"
    lines = [line for line in golden.read_text().splitlines() if line and line[0] != "#"]
    blocks = [line for line in lines if not line.startswith(" ")]

    assert ensure.lstrip().startswith("test_sshd_file\n")
    assert blocks == ["Match User tunnel", "Match all"]
    assert (lines[0], lines[-1]) == ("Match User tunnel", "Match all")
    assert "systemctl reload ssh" in text
    assert "restart ssh" not in text
