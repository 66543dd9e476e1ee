"""When the VPS asks for another certificate: the script it runs, on certificates made here."""

import os
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from components.rendering import script

DIRECTORY = "https://acme.example.org/dir"


class Folder:
    """A stack's folder on the VPS."""

    def __init__(self, path: Path) -> None:
        self._path = path
        (path / "renew").write_text(script("acme-renew.sh"))
        self.configure("asr.gonova.one tts.gonova.one")

    def configure(self, hostnames: str, directory: str = DIRECTORY, email: str = "") -> None:
        """What pulumi up asks for."""
        text = f"stack=p/dev\ndirectory={directory}\nemail={email}\nhostnames='{hostnames}'\n"
        (self._path / "acme.conf").write_text(text)

    def certify(self, *names: str, age: timedelta, life: timedelta) -> None:
        """The certificate that is there."""
        key = ec.generate_private_key(ec.SECP256R1())
        start = datetime.now(UTC) - age
        subject = x509.Name([])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + life)
            .add_extension(
                x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=True
            )
            .sign(key, hashes.SHA256())
        )
        lineage = self._path / "acme/live/names"
        lineage.mkdir(parents=True, exist_ok=True)
        (lineage / "cert.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
        (self._path / "acme/issuer").write_text(DIRECTORY)

    def why(self) -> str:
        """The reason to ask for another one; empty when there is none."""
        asked = ["bash", str(self._path / "renew"), "--why"]
        return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()

    def renew(self, *args: str, refused: str = ".*") -> subprocess.CompletedProcess[str]:
        """What the timer runs, with an ACME client that is refused these commands."""
        tools = self._path / "bin"
        tools.mkdir(exist_ok=True)
        asked = self._path / "asked"
        asked.write_text("")
        (tools / "certbot").write_text(
            f'#!/bin/sh\necho "$*" >>{asked}\n'
            f"! echo $1 | grep -qxE '{refused}' || {{ echo refused >&2; exit 1; }}\n"
        )
        (tools / "certbot").chmod(0o755)
        (self._path / "tls.pem").write_text("old")
        return subprocess.run(
            ["bash", str(self._path / "renew"), *args],
            check=False,
            capture_output=True,
            text=True,
            env={"PATH": f"{tools}:{os.environ['PATH']}"},
        )

    def register(self) -> None:
        """An account at the ACME server, as certbot keeps it."""
        account = self._path / "acme/accounts/acme.example.org/dir/0123"
        account.mkdir(parents=True)
        (account / "regr.json").write_text("{}")

    @property
    def asked(self) -> list[str]:
        """What the last run asked the ACME client: command and contact."""
        lines = (self._path / "asked").read_text().splitlines()
        return [
            " ".join([line.split()[0], *re.findall(r"--email \S+|--register-uns\S+", line)])
            for line in lines
        ]

    def read(self, name: str) -> str:
        """One of its files."""
        return (self._path / name).read_text()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A new stack's folder."""
    return Folder(tmp_path)


NAMES = ("tts.gonova.one", "asr.gonova.one")
DAY = timedelta(days=1)


def test_without_a_certificate_one_is_asked_for(folder: Folder) -> None:
    assert folder.why() == "there is no certificate yet"


def test_a_fresh_certificate_is_left_alone(folder: Folder) -> None:
    folder.certify(*NAMES, age=30 * DAY, life=90 * DAY)

    assert folder.why() == ""


@pytest.mark.parametrize("life", [90 * DAY, 64 * DAY, 6 * DAY])
def test_it_is_renewed_when_a_third_of_its_life_is_left(folder: Folder, life: timedelta) -> None:
    folder.certify(*NAMES, age=life * 2 / 3 - timedelta(hours=1), life=life)
    before = folder.why()
    folder.certify(*NAMES, age=life * 2 / 3 + timedelta(hours=1), life=life)

    assert before == ""
    assert folder.why() == "a third of its life is left at most"


@pytest.mark.parametrize("hostnames", ["asr.gonova.one", "asr.gonova.one tts.gonova.one x.y.one"])
def test_other_names_need_another_certificate(folder: Folder, hostnames: str) -> None:
    folder.certify(*NAMES, age=DAY, life=90 * DAY)
    folder.configure(hostnames)

    assert folder.why() == "it is for other names"


def test_another_acme_server_is_asked_anew(folder: Folder) -> None:
    folder.certify(*NAMES, age=DAY, life=90 * DAY)
    folder.configure("asr.gonova.one tts.gonova.one", "https://other.example.org/dir")

    assert folder.why() == "it comes from another ACME server"


def test_a_refusal_fails_the_renewal_and_keeps_what_serves(folder: Folder) -> None:
    folder.certify(*NAMES, age=80 * DAY, life=90 * DAY)
    folder.configure("asr.gonova.one tts.gonova.one", "https://other.example.org/dir")

    done = folder.renew("--force")

    assert done.returncode == 1
    assert "refused" in done.stdout + done.stderr
    assert "what there was keeps serving" in done.stderr
    assert folder.read("tls.pem") == "old"
    assert folder.read("acme/issuer") == DIRECTORY  # so that the next run still asks the other
    assert 'renewal_failed{stack="p/dev"} 1' in folder.read("metrics.prom")


def test_a_new_email_address_reaches_the_account_while_the_certificate_is_fresh(
    folder: Folder,
) -> None:
    folder.certify(*NAMES, age=30 * DAY, life=90 * DAY)
    folder.register()
    for email, contact in (
        ("me@gonova.one", "--email me@gonova.one"),
        ("", "--register-unsafely-without-email"),
    ):
        folder.configure("asr.gonova.one tts.gonova.one", email=email)

        assert folder.renew(refused="certonly").returncode == 0
        assert folder.asked == [f"update_account {contact}"]
        assert folder.renew(refused="certonly").returncode == 0
        assert folder.asked == []


def test_an_email_address_that_was_refused_is_asked_for_again(folder: Folder) -> None:
    folder.certify(*NAMES, age=30 * DAY, life=90 * DAY)
    folder.register()
    folder.configure("asr.gonova.one tts.gonova.one", email="me@gonova.one")
    done = folder.renew()

    assert done.returncode == 0
    assert "keeps its old e-mail address until the next run" in done.stderr
    folder.renew(refused="certonly")
    assert folder.asked == ["update_account --email me@gonova.one"]
    folder.renew()
    assert folder.asked == []


def test_an_account_that_is_made_with_the_address_is_not_told_it_again(folder: Folder) -> None:
    folder.certify(*NAMES, age=80 * DAY, life=90 * DAY)
    folder.configure("asr.gonova.one tts.gonova.one", email="me@gonova.one")
    folder.renew(refused="none")  # there is nothing to deploy, so it fails after the client

    assert folder.asked == ["certonly --email me@gonova.one"]
    assert folder.read("acme/email") == f"{DIRECTORY} me@gonova.one"
