"""The tunnel's account on a VPS that serves two stacks: what one takes back stays the other's."""

from pathlib import Path

import pytest

from components.rendering import render
from components.sockets import ELSEWHERE
from tests.unit.components.sandbox import Sandbox

ACCOUNTS = {"tunnel": "p/dev", "other": "p/other"}
OPEN = "user::rwx,group::rwx,other::rwx"


class Vps(Sandbox):
    """A machine with the accounts of two stacks; the sockets' places are below its folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.places = [f"{folder}/places{place}" for place in ELSEWHERE]
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
            elsewhere=self.places,
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
        elsewhere=["/t"],
    )

    assert [line for line in text.splitlines() if line.startswith("a")] == [
        "a+ /t - - - - user:tunnel:---"
    ]
