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
from lab.images.releases import IMAGES, RENTED, Distribution, Image
from lab.images.roots import ensure_debs
from lab.paths import cache_dir

_REVISION = "1"
"""To be raised when the code below changes what is in the archive."""


def ensure_archive(*others: str, report: Report = silent) -> Path:
    """The directory to serve as http://deb.debian.org/ and under the other archives' names.

    It holds a folder for each of their folders with every suite that a stock `sources.list` of the
    images names, backports and sources (both empty) included.

    Args:
        others: Names of images beside those that every lab has.
        report: Told what is being done.

    Raises:
        BuildError: a program that builds it failed.
    """
    images = [*RENTED.values(), *(IMAGES[name] for name in sorted({*others} - {*RENTED}))]
    debs = [ensure_debs(image.name, report=report) for image in images]
    inputs = repr((_REVISION, [path.parent.name for path in debs])).encode()
    inputs += signing.public_key().read_bytes()
    digest = hashlib.sha256(inputs).hexdigest()[:12]

    def build(into: Path) -> None:
        report("indexing and signing the lab's package archive")
        releases: list[Path] = []
        for image, files in zip(images, debs, strict=True):
            releases += _add_release(into, image, files)
        signing.sign_releases(releases)

    return build_once(cache_dir() / "archive" / f"archive-{digest}", build)


def _add_release(archive: Path, image: Image, debs: Path) -> list[Path]:
    """Add the suites of one release; returns their `Release` files."""
    here, codename = image.distribution, image.codename
    main, security = (archive / folder for folder in here.folders)
    pool = main / "pool" / codename
    pool.mkdir(parents=True)
    for deb in debs.glob("*.deb"):
        os.link(deb, pool / deb.name)
    updates_pool = security / "pool" / f"{codename}-security"
    updates_pool.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="lab-canary-") as scratch:
        canary = build_canary("1.1", Path(scratch))
        (updates_pool / canary.name).write_bytes(canary.read_bytes())
    packages, updates = _list_packages(main, pool), _list_packages(security, updates_pool)
    of_security = f"{here.name}-Security" if security != main else here.name
    return [
        _index(main, codename, here, label=here.name, packages=packages),
        _index(main, f"{codename}-updates", here, label=here.name, packages=b""),
        _index(main, f"{codename}-backports", here, label=f"{here.name} Backports", packages=b""),
        _index(security, f"{codename}-security", here, label=of_security, packages=updates),
    ]


def _list_packages(top: Path, pool: Path) -> bytes:
    """The `Packages` index of a pool, its paths relative to `top`."""
    command = ["apt-ftparchive", "packages", str(pool.relative_to(top))]
    return subprocess.run(command, cwd=top, check=True, capture_output=True).stdout


def _index(top: Path, suite: str, of: Distribution, *, label: str, packages: bytes) -> Path:
    """Write one suite's indexes and its `Release`; returns the latter.

    All packages are in the first component; the others are there and empty.
    """
    dist = top / "dists" / suite
    architecture = subprocess.run(
        ["dpkg", "--print-architecture"], check=True, capture_output=True, text=True
    ).stdout.strip()
    components = of.components.split()
    indexes = {f"{name}/binary-{architecture}/Packages": b"" for name in components}
    indexes[f"{components[0]}/binary-{architecture}/Packages"] = packages
    indexes |= {f"{name}/source/Sources": b"" for name in components}
    for name, content in indexes.items():
        path = dist / name
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        path.with_suffix(".xz").write_bytes(lzma.compress(content))
    fields = {
        "Origin": of.name,
        "Label": label,
        "Suite": suite,
        "Codename": suite,
        "Architectures": architecture,
        "Components": of.components,
    }
    release = dist / "Release"
    unfinished = dist.with_name(f"{suite}.release")  # beside it, or it would list itself
    with unfinished.open("wb") as output:
        options = [f"-oAPT::FTPArchive::Release::{key}={value}" for key, value in fields.items()]
        subprocess.run(["apt-ftparchive", *options, "release", dist], check=True, stdout=output)
    unfinished.rename(release)
    return release
