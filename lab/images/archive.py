"""The package archive of the lab's internet: what running hosts install, signed by the lab."""

import hashlib
import lzma
import os
import subprocess
import tempfile
from pathlib import Path

from lab.cache import Report, build_once, silent
from lab.images import signing
from lab.images.canary import build_canary
from lab.images.debian import IMAGES
from lab.images.roots import ensure_debs
from lab.paths import cache_dir

_REVISION = "1"
"""To be raised when the code below changes what is in the archive."""


def ensure_archive(*, report: Report = silent) -> Path:
    """The directory to serve as http://deb.debian.org/ and as http://security.debian.org/.

    It holds `debian/` and `debian-security/` with every suite that a stock `sources.list` of the
    images names, backports and sources (both empty) included.

    Raises:
        BuildError: a program that builds it failed.
    """
    debs = {image.codename: ensure_debs(image.name, report=report) for image in IMAGES.values()}
    inputs = repr((_REVISION, [path.parent.name for path in debs.values()])).encode()
    inputs += signing.public_key().read_bytes()
    digest = hashlib.sha256(inputs).hexdigest()[:12]

    def build(into: Path) -> None:
        report("indexing and signing the lab's package archive")
        releases: list[Path] = []
        for codename, files in debs.items():
            releases += _add_release(into, codename, files)
        signing.sign_releases(releases)

    return build_once(cache_dir() / "archive" / f"archive-{digest}", build)


def _add_release(archive: Path, codename: str, debs: Path) -> list[Path]:
    """Add the suites of one Debian release; returns their `Release` files."""
    main, security = archive / "debian", archive / "debian-security"
    pool = main / "pool" / codename
    pool.mkdir(parents=True)
    for deb in debs.glob("*.deb"):
        os.link(deb, pool / deb.name)
    updates_pool = security / "pool" / f"{codename}-security"
    updates_pool.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="lab-canary-") as scratch:
        canary = build_canary("1.1", Path(scratch))
        (updates_pool / canary.name).write_bytes(canary.read_bytes())
    return [
        _index(main, codename, label="Debian", packages=_list_packages(main, pool)),
        _index(main, f"{codename}-updates", label="Debian", packages=b""),
        _index(main, f"{codename}-backports", label="Debian Backports", packages=b""),
        _index(
            security,
            f"{codename}-security",
            label="Debian-Security",
            packages=_list_packages(security, updates_pool),
        ),
    ]


def _list_packages(top: Path, pool: Path) -> bytes:
    """The `Packages` index of a pool, its paths relative to `top`."""
    command = ["apt-ftparchive", "packages", str(pool.relative_to(top))]
    return subprocess.run(command, cwd=top, check=True, capture_output=True).stdout


def _index(top: Path, suite: str, *, label: str, packages: bytes) -> Path:
    """Write one suite's indexes and its `Release`; returns the latter."""
    dist = top / "dists" / suite
    architecture = subprocess.run(
        ["dpkg", "--print-architecture"], check=True, capture_output=True, text=True
    ).stdout.strip()
    indexes = {f"main/binary-{architecture}/Packages": packages, "main/source/Sources": b""}
    for name, content in indexes.items():
        path = dist / name
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        path.with_suffix(".xz").write_bytes(lzma.compress(content))
    fields = {
        "Origin": "Debian",
        "Label": label,
        "Suite": suite,
        "Codename": suite,
        "Architectures": architecture,
        "Components": "main",
    }
    release = dist / "Release"
    unfinished = dist.with_name(f"{suite}.release")  # beside it, or it would list itself
    with unfinished.open("wb") as output:
        options = [f"-oAPT::FTPArchive::Release::{key}={value}" for key, value in fields.items()]
        subprocess.run(["apt-ftparchive", *options, "release", dist], check=True, stdout=output)
    unfinished.rename(release)
    return release
