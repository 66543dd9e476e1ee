"""Programs of Debian that the tests use and no host has: unpacked into the cache."""

import hashlib
import os
from pathlib import Path

from lab.cache import Report, build_once, run_logged, silent
from lab.images.debian import IMAGES, MIRROR
from lab.paths import cache_dir

CODENAME = IMAGES["debian-12"].codename


def ensure_unpacked(package: str, what: str, *, report: Report = silent) -> Path:
    """The directory with a package and its libraries, unpacked from Debian's if missing.

    Args:
        package: Its name.
        what: What it is, for the report.
        report: Told when there is something to unpack.

    Raises:
        BuildError: mmdebstrap failed.
    """
    digest = hashlib.sha256(repr(("1", CODENAME)).encode()).hexdigest()[:12]

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
                "--keyring=/usr/share/keyrings/debian-archive-keyring.gpg",
                CODENAME,
                into / "root",
                f"deb {MIRROR} {CODENAME} main",
            ],
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )

    return build_once(cache_dir() / "layers" / f"{package}-{digest}", build) / "root"
