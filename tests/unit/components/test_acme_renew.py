"""When the VPS asks for another certificate: the script it runs, on certificates made here."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.unit.components.acme_folder import DAY, DIRECTORY, NAMES, Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A new stack's folder."""
    return Folder(tmp_path)


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
    folder.renew(refused="none")

    assert folder.asked == ["certonly --email me@gonova.one"]
    assert folder.read("acme/email") == f"{DIRECTORY} me@gonova.one"
