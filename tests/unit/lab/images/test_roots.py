"""The roots: what is asked of mmdebstrap, and that nothing of this machine stays."""

from pathlib import Path

import pytest

from lab.images import roots, signing
from lab.images.releases import CANARY, IMAGES, IN_ARCHIVE, IN_ROOT, Image


@pytest.fixture
def finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root with what mmdebstrap leaves of this machine, after `_finish`."""
    key = tmp_path / "public.gpg"
    key.write_bytes(b"key")
    monkeypatch.setattr(signing, "public_key", lambda: key)
    root = tmp_path / "root"
    left = (
        "etc/resolv.conf",
        "etc/hostname",
        "etc/machine-id",
        "etc/ssh/ssh_host_ed25519_key",
        "etc/ssh/sshd_config",
        "etc/apt/sources.list",
        "etc/apt/apt.conf.d/99mmdebstrap",
        "etc/dpkg/dpkg.cfg.d/99mmdebstrap",
    )
    for name in left:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("of this machine")
    for directory in ("etc/default", "etc/cloud/cloud.cfg.d", "etc/apt/trusted.gpg.d"):
        (root / directory).mkdir(parents=True)
    roots._finish(IMAGES["debian-13"], root)
    return root


def test_nothing_of_this_machine_stays(finished: Path) -> None:
    left = [
        path
        for path in finished.rglob("*")
        if path.is_file() and b"of this machine" in path.read_bytes()
    ]
    assert [path.name for path in left] == ["sshd_config"]


def test_host_keys_and_machine_id_are_each_hosts_own(finished: Path) -> None:
    assert not list(finished.glob("etc/ssh/ssh_host_*"))
    assert (finished / "etc/machine-id").read_text() == ""


def test_the_root_trusts_the_archives_key_and_asks_the_labs_resolver(finished: Path) -> None:
    assert (finished / "etc/apt/trusted.gpg.d/vps-lab.gpg").read_bytes() == b"key"
    assert (finished / "etc/resolv.conf").read_text() == "nameserver 192.0.2.53\n"


def test_mmdebstrap_checks_signatures_and_installs_nothing_the_program_installs() -> None:
    image = IMAGES["debian-12"]
    words = [str(word) for word in roots._mmdebstrap(image, Path("r"), Path("d"), Path("c.deb"))]
    assert any(word.startswith("--keyring=") for word in words)
    assert not [word for word in words if "trusted=yes" in word or "AllowUnauth" in word]
    assert not set(IN_ROOT) & set(IN_ARCHIVE)
    assert CANARY not in IN_ARCHIVE


@pytest.fixture
def unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What is unpacked of Debian's, and from which release; nothing is downloaded."""
    asked: list[tuple[str, str]] = []

    def unpack(package: str, _what: str, *, release: Image) -> Path:
        asked.append((package, release.name))
        return tmp_path

    monkeypatch.setattr(roots, "ensure_unpacked", unpack)
    return asked


def test_ubuntu_comes_from_its_own_archive_checked_by_keys_that_debian_hands_on(
    tmp_path: Path, unpacked: list[tuple[str, str]]
) -> None:
    image = IMAGES["ubuntu-26.04"]
    words = [str(word) for word in roots._mmdebstrap(image, Path("r"), Path("d"), Path("c.deb"))]
    assert unpacked == [("ubuntu-archive-keyring", "debian-13")]
    assert f"--keyring={tmp_path}/usr/share/keyrings/ubuntu-archive-keyring.gpg" in words
    assert words[-5:] == [
        "resolute",
        "r",
        "deb http://archive.ubuntu.com/ubuntu resolute main universe",
        "deb http://archive.ubuntu.com/ubuntu resolute-updates main universe",
        "deb http://archive.ubuntu.com/ubuntu resolute-security main universe",
    ]
    (included,) = (word for word in words if word.startswith("--include="))
    assert "sudo-rs" in included
    assert "debian-archive-keyring" not in included


def test_debian_comes_from_its_own(unpacked: list[tuple[str, str]]) -> None:
    image = IMAGES["debian-13"]
    words = [str(word) for word in roots._mmdebstrap(image, Path("r"), Path("d"), Path("c.deb"))]
    assert unpacked == []
    assert "--keyring=/usr/share/keyrings/debian-archive-keyring.gpg" in words
    assert words[-3:] == [
        "deb http://deb.debian.org/debian trixie main",
        "deb http://deb.debian.org/debian trixie-updates main",
        "deb http://deb.debian.org/debian-security trixie-security main",
    ]


def test_of_this_machines_apt_settings_only_those_for_downloading_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "apt.conf"
    settings.write_text(
        'Acquire::http::Proxy "http://proxy.example:3128";\n'
        'Acquire::GzipIndexes "true";\nAPT::Install-Recommends "false";\n'
    )
    monkeypatch.setenv("APT_CONFIG", str(settings))
    taken = roots._machine_apt_options()
    assert 'Acquire::http::Proxy "http://proxy.example:3128";' in taken
    assert not [line for line in taken if "GzipIndexes" in line or "Recommends" in line]


def test_an_unknown_image_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"'debian-11'; it has debian-12, debian-13"):
        roots.ensure_root("debian-11")
