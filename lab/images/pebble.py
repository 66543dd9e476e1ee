"""pebble, the ACME server for tests that Debian has: unpacked into the cache."""

import hashlib
import os
from pathlib import Path

from lab.cache import Report, build_once, run_logged, silent
from lab.images.debian import IMAGES, MIRROR
from lab.paths import cache_dir

CODENAME = IMAGES["debian-12"].codename


def ensure_pebble(*, report: Report = silent) -> Path:
    """The directory with pebble and its libraries, unpacked from Debian's packages if missing.

    Raises:
        BuildError: mmdebstrap failed.
    """
    digest = hashlib.sha256(repr(("1", CODENAME)).encode()).hexdigest()[:12]

    def build(into: Path) -> None:
        report("unpacking the ACME server")
        run_logged(
            "pebble",
            [
                "mmdebstrap",
                "--mode=root",
                "--format=directory",
                "--variant=extract",  # its files only: nothing is configured, nothing else comes
                "--include=pebble",
                "--keyring=/usr/share/keyrings/debian-archive-keyring.gpg",
                CODENAME,
                into / "root",
                f"deb {MIRROR} {CODENAME} main",
            ],
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )

    return build_once(cache_dir() / "layers" / f"pebble-{digest}", build) / "root"
