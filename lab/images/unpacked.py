"""Programs of Debian that the tests use and no host has: unpacked into the cache."""

import hashlib
import os
from pathlib import Path

from lab.cache import Report, build_once, run_logged, silent
from lab.images.releases import DEBIAN, IMAGES, Image
from lab.paths import cache_dir

OLDEST = IMAGES["debian-12"]


def ensure_unpacked(
    package: str, what: str, *, release: Image = OLDEST, report: Report = silent
) -> Path:
    """The directory with a package and its libraries, unpacked from Debian's if missing.

    Args:
        package: Its name.
        what: What it is, for the report.
        release: Whose package, one of Debian's.
        report: Told when there is something to unpack.

    Raises:
        BuildError: mmdebstrap failed.
    """
    codename = release.codename
    digest = hashlib.sha256(repr(("1", codename)).encode()).hexdigest()[:12]

    def build(into: Path) -> None:
        report(f"unpacking {what}")
        run_logged(
            package,
            [
                "mmdebstrap",
                "--mode=root",
                "--format=directory",
                "--variant=extract",  # its files only: nothing is configured, nothing else comes
                f"--include={package}",
                f"--keyring=/usr/share/keyrings/{DEBIAN.keyring}.gpg",
                codename,
                into / "root",
                f"deb http://{DEBIAN.mirror} {codename} {DEBIAN.components}",
            ],
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )

    return build_once(cache_dir() / "layers" / f"{package}-{digest}", build) / "root"
