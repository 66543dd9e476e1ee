"""certbot on a machine where others have one, or certificates, of their own."""

from pathlib import Path

import pytest

from tests.unit.components.test_packages import NEEDS, NFTABLES, Machine

LIVE = "etc/letsencrypt/live/blog.example/cert.pem"
ACCOUNT = "etc/letsencrypt/accounts/acme.example.org/dir/0123/private_key.json"
HOOK = "etc/letsencrypt/renewal-hooks/deploy/blog"
CLI = "etc/letsencrypt/cli.ini"
LEFT = "changed: left certbot to the certificates in /etc/letsencrypt\n"
# What the step does beside its packages.
FAKES = """
remove_timed_service() { :; }
remove_tls_site() { :; }
"""


class Vps(Machine):
    """One whose certbot, when it is purged, takes /etc/letsencrypt along, as Debian's does."""

    def __init__(self, folder: Path, *there: str) -> None:
        super().__init__(folder, *there)
        self.program("debconf-set-selections", f"cat >>{folder}/preseeded")
        self.program("dpkg", "exit 0")
        apt = (folder / "bin/apt-get").read_text().splitlines()[-1]
        purge = f'[[ "$*" != *" purge "*certbot* || $1 = -s ]] || rm -r {folder}/etc/letsencrypt'
        self.program("apt-get", f"{purge}\n{apt}")

    def up(self, stack: str = "p/dev", fakes: str = "own_certbot() { false; }") -> None:
        """As a `pulumi up` in the mode `direct` leaves it, and Debian's own timer."""
        self.acme("ensure", stack, f"{fakes}\ninstall_renewal() {{ exit; }}")
        self.write(CLI)
        (self.folder / "etc/letsencrypt/renewal-hooks/deploy").mkdir(parents=True, exist_ok=True)

    def acme(self, verb: str, stack: str = "p/dev", fakes: str = "") -> str:
        """Run the step; what it said."""
        done = self.run("nginx-acme.sh", verb, values={"stack": stack}, fakes=FAKES + fakes)
        assert done.returncode == 0, done.stderr
        return done.stderr.replace(str(self.folder), "")


@pytest.fixture
def vps(tmp_path: Path) -> Vps:
    """With what is asked for beside certbot."""
    return Vps(tmp_path, "bash", "curl", "openssl")


@pytest.mark.parametrize("theirs", [LIVE, ACCOUNT, HOOK])
def test_certbot_is_left_to_whoever_has_put_something_into_its_folder(
    vps: Vps, theirs: str
) -> None:
    vps.up()
    vps.write(theirs, "theirs\n")

    assert vps.acme("absent") == LEFT
    assert vps.read(theirs) == "theirs\n"
    assert "certbot" in vps.there()
    assert not (vps.folder / "var/lib/vps-reverse-proxy").exists()
    assert vps.acme("absent") == ""


def test_certbot_is_left_to_whoever_has_changed_its_settings(vps: Vps) -> None:
    vps.up()
    vps.program("dpkg", f"echo '??5?????? c {vps.folder}/{CLI}'")

    assert vps.acme("absent") == LEFT
    assert (vps.folder / CLI).exists()


def test_without_anything_of_others_certbot_goes_and_takes_no_certificate_that_comes_meanwhile(
    vps: Vps,
) -> None:
    vps.up()
    vps.called()

    said = vps.acme("absent")

    assert said == "changed: removed certbot python3 python3-acme python3-minimal\n"
    assert vps.there() == {"bash", "curl", "openssl"}
    assert vps.read("preseeded") == "certbot certbot/remove_live_certs boolean false\n"
    tools = [call.split()[0] for call in vps.called() if "-s purge" not in call]
    assert tools.index("debconf-set-selections") < tools.index("apt-get")
    assert vps.acme("absent") == ""


def test_a_debconf_that_somebody_else_holds_stops_nothing(vps: Vps) -> None:
    vps.up()
    vps.program("debconf-set-selections", "echo locked >&2; exit 1")

    assert vps.acme("absent").startswith("changed: removed certbot")


def test_who_has_certificates_there_is_asked_about_once_the_last_stack_goes(vps: Vps) -> None:
    vps.up()
    vps.up("p/other")
    live = vps.write(LIVE)

    assert vps.acme("absent") == ""
    live.unlink()
    assert vps.acme("absent", "p/other").startswith("changed: removed certbot")


def test_a_certbot_that_was_there_before_stays_without_a_word(tmp_path: Path) -> None:
    vps = Vps(tmp_path, *NEEDS)
    vps.up()
    vps.write(LIVE)

    assert vps.acme("absent") == ""
    assert "certbot" in vps.there()


@pytest.mark.parametrize("package", [False, True])
def test_a_certbot_that_no_package_brought_is_used_and_not_replaced(
    vps: Vps, *, package: bool
) -> None:
    vps.program("certbot")
    if package:
        vps.do("install", NFTABLES)  # any that is there
        vps.write("owned", f"{vps.folder}/bin/certbot nftables\n")

    vps.up(fakes="")

    assert ("certbot" in vps.there()) == package
