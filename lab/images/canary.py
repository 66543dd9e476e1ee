"""The package that tells whether security updates were applied (see `releases.CANARY`)."""

from pathlib import Path

from lab.cache import run_logged
from lab.images.releases import CANARY


def build_canary(version: str, into: Path) -> Path:
    """Build the package at this version; returns the `.deb` in `into`."""
    tree = into / f"canary-{version}"
    (tree / "DEBIAN").mkdir(parents=True)
    (tree / "DEBIAN/control").write_text(
        f"Package: {CANARY}\n"
        f"Version: {version}\n"
        "Architecture: all\n"
        "Section: misc\n"
        "Priority: optional\n"
        "Maintainer: the lab <root@localhost>\n"
        "Description: shows whether security updates were applied\n"
    )
    shown = tree / f"usr/share/{CANARY}/version"
    shown.parent.mkdir(parents=True)
    shown.write_text(f"{version}\n")
    deb = into / f"{CANARY}_{version}_all.deb"
    run_logged("archive", ["dpkg-deb", "--root-owner-group", "--build", tree, deb])
    return deb
