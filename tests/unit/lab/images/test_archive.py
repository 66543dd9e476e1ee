"""The package archive: every suite of a stock system, signed, changed files refused."""

import subprocess
from pathlib import Path

import pytest

from lab.images import archive, signing
from lab.images.canary import build_canary
from lab.images.releases import IMAGES, OWN, RENTED, Image, sources_list


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with one package beside the canary."""
    top = tmp_path_factory.mktemp("archive")
    debs = top / "image-1/debs"
    debs.mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(top / "cache"))
        build_canary("0.9", debs)
        patch.setattr(archive, "ensure_debs", lambda _name, **_: debs)
        built = archive.ensure_archive(*OWN)
        (top / "key.gpg").write_bytes(signing.public_key().read_bytes())
    (built / "key.gpg").write_bytes((top / "key.gpg").read_bytes())
    return built


def _verify(key: Path, signed: Path) -> int:
    command = ["gpgv", "--keyring", str(key), str(signed)]
    return subprocess.run(command, check=False, capture_output=True).returncode


@pytest.mark.parametrize("image", IMAGES.values(), ids=lambda image: image.name)
def test_every_suite_of_a_stock_sources_list_is_there_and_signed(
    served: Path, image: Image
) -> None:
    for line in sources_list(image).splitlines():
        _, uri, suite, *components = line.split()
        dist = served / uri.rpartition("/")[2] / "dists" / suite
        assert _verify(served / "key.gpg", dist / "InRelease") == 0
        for component in components:
            assert list((dist / component).glob("binary-*/Packages.xz"))


def test_updates_of_ubuntu_come_under_the_origin_that_its_upgrades_allow(served: Path) -> None:
    release = (served / "ubuntu/dists/noble-security/Release").read_text()
    assert "Origin: Ubuntu\n" in release
    assert "Suite: noble-security\n" in release


def test_what_the_users_own_machines_run_is_there_where_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def debs(name: str, **_: object) -> Path:
        asked.append(name)
        return tmp_path / name / "debs"

    monkeypatch.setattr(archive, "ensure_debs", debs)
    monkeypatch.setattr(archive, "build_once", lambda target, _build: target)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    plain, with_ubuntu = archive.ensure_archive(), archive.ensure_archive("ubuntu-24.04")
    assert asked == [*RENTED, *RENTED, "ubuntu-24.04"]
    assert plain != with_ubuntu
    assert archive.ensure_archive("debian-12") == plain


def test_a_changed_release_fails_the_signature(served: Path, tmp_path: Path) -> None:
    text = (served / "debian/dists/bookworm/InRelease").read_text()
    changed = tmp_path / "InRelease"
    changed.write_text(text.replace("Origin: Debian", "Origin: Dabian"))
    assert _verify(served / "key.gpg", changed) != 0


def test_the_release_lists_the_indexes_and_not_itself(served: Path) -> None:
    release = (served / "debian/dists/bookworm/Release").read_text()
    assert "main/source/Sources.xz" in release
    assert "Packages.xz" in release
    assert "Release\n" not in release.replace("InRelease", "")


def test_a_package_is_listed_with_the_path_it_is_served_at(served: Path) -> None:
    (index,) = (served / "debian/dists/bookworm").glob("main/binary-*/Packages")
    names = [line for line in index.read_text().splitlines() if line.startswith("Filename: ")]
    assert names == ["Filename: pool/bookworm/vps-lab-canary_0.9_all.deb"]
    assert (served / "debian/pool/bookworm/vps-lab-canary_0.9_all.deb").is_file()


def test_only_the_security_suite_has_the_newer_canary(served: Path) -> None:
    listed = {
        index.parents[2].name: index.read_text()
        for index in served.glob("*/dists/*/main/binary-*/Packages")
    }
    newer = {suite for suite, text in listed.items() if "Version: 1.1\n" in text}
    assert newer == {f"{image.codename}-security" for image in IMAGES.values()}


def test_the_secret_key_is_for_its_owner_only(served: Path) -> None:
    secret = served.parents[1] / "archive-key/secret.gpg"
    assert secret.stat().st_mode & 0o077 == 0
