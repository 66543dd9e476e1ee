"""A certificate that the VPS got and nginx could not take up: the script its timer runs."""

from pathlib import Path

import pytest

from tests.unit.components.acme_folder import DAY, NAMES, Folder

SERVED = "key\n-----BEGIN CERTIFICATE-----"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A new stack's folder."""
    return Folder(tmp_path)


def test_a_certificate_that_nginx_did_not_take_up_is_handed_over_by_the_next_run(
    folder: Folder,
) -> None:
    folder.certify(*NAMES, age=80 * DAY, life=90 * DAY)
    refusing = "echo blog.conf:1 is wrong >&2; exit 1"

    first = folder.renew(refused="none", nginx=refusing)

    assert first.returncode == 1
    assert "blog.conf:1 is wrong" in first.stderr
    assert folder.reloads == 0
    assert 'renewal_failed{stack="p/dev"} 1' in folder.read("metrics.prom")
    folder.certify(*NAMES, age=DAY, life=90 * DAY)  # what the ACME server gave
    still = folder.renew(nginx=refusing)
    assert (still.returncode, folder.asked) == (1, [])
    assert 'renewal_failed{stack="p/dev"} 1' in folder.read("metrics.prom")

    second = folder.renew()

    assert (second.returncode, folder.asked, folder.reloads) == (0, [], 1)
    assert "nginx has not taken up the certificate" in second.stderr
    assert folder.read("tls.pem").startswith(SERVED)
    assert 'renewal_failed{stack="p/dev"} 0' in folder.read("metrics.prom")


def test_a_certificate_that_nginx_has_taken_up_is_left_alone(folder: Folder) -> None:
    folder.certify(*NAMES, age=30 * DAY, life=90 * DAY)
    folder.renew()

    done = folder.renew()

    assert (done.returncode, done.stderr, folder.asked, folder.reloads) == (0, "", [], 0)


def test_while_another_mode_serves_nothing_is_handed_over(folder: Folder) -> None:
    folder.certify(*NAMES, age=30 * DAY, life=90 * DAY)
    folder.write("kind", "self-signed")

    assert folder.renew().returncode == 0
    assert folder.read("tls.pem") == "old"
    assert folder.reloads == 0
