"""Roots of Debian and Ubuntu: unpacked once, never written again, shared by every host."""

import hashlib
import os
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

from lab.cache import Report, build_once, run_logged, silent
from lab.images import signing
from lab.images.canary import build_canary
from lab.images.releases import (
    DEBIAN,
    IMAGES,
    IN_ARCHIVE,
    RENTED,
    Distribution,
    Image,
    sources_list,
)
from lab.images.unpacked import ensure_unpacked
from lab.paths import cache_dir

_CLOUD_CFG = """\
# The lab gives user data by a seed on the disk and configures the network itself.
datasource_list: [NoCloud]
network: {config: disabled}
locale: C.UTF-8
apt: {preserve_sources_list: true}
"""

_HOSTS = """\
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
"""

_RESOLVER = "nameserver 192.0.2.53\n"  # the lab's `infra` host

_DPKG_CFG = "# A lab's disk need not survive a power cut.\nforce-unsafe-io\n"

_REVISION = "1"
"""To be raised when the code below changes what is in a root, beside the texts above."""


def ensure_root(image: str, *, report: Report = silent) -> Path:
    """The unpacked root of one of the `IMAGES`, read-only by agreement; built if missing.

    Raises:
        BuildError: mmdebstrap failed.
        ValueError: the lab has no such image.
    """
    return _kept(image, report) / "root"


def ensure_debs(image: str, *, report: Report = silent) -> Path:
    """The packages of `IN_ARCHIVE`, as files, with all they need that is not in the image."""
    return _kept(image, report) / "debs"


def _kept(name: str, report: Report) -> Path:
    if name not in IMAGES:
        raise ValueError(f"the lab has no image {name!r}; it has {', '.join(IMAGES)}")
    image = IMAGES[name]
    inputs = repr((_REVISION, image, image.in_root, IN_ARCHIVE, _files(image))).encode()
    inputs += signing.public_key().read_bytes()
    digest = hashlib.sha256(inputs).hexdigest()[:12]

    def build(into: Path) -> None:
        report(f"unpacking {name} with mmdebstrap (about a minute)")
        _build(image, into)

    return build_once(cache_dir() / "roots" / f"{name}-{digest}", build)


def _build(image: Image, into: Path) -> None:
    root, debs = into / "root", into / "debs"
    (debs / "partial").mkdir(parents=True)  # where apt keeps unfinished downloads
    with tempfile.TemporaryDirectory(prefix="lab-root-") as scratch:
        canary = build_canary("1.0", Path(scratch))
        run_logged(image.name, _mmdebstrap(image, root, debs, canary), env=_environment())
    shutil.rmtree(debs / "partial")
    (debs / "lock").unlink(missing_ok=True)
    _finish(image, root)


def _mmdebstrap(image: Image, root: Path, debs: Path, canary: Path) -> list[str | Path]:
    """The command line; its hooks run while the package lists are still there."""
    download = (
        'APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" apt-get install --download-only --yes'
        f" -o Dir::Cache::archives={shlex.quote(str(debs))}"
        " -o APT::Install-Recommends=true -o APT::Sandbox::User=root"
    )
    # One run for each: what one package brings must not spare another its dependency.
    downloads = [f"--customize-hook={download} {package}" for package in IN_ARCHIVE]
    here, codename = image.distribution, image.codename
    return [
        "mmdebstrap",
        "--mode=root",
        "--format=directory",
        "--variant=minbase",
        f"--include={','.join(image.in_root)}",
        f"--keyring={_keyring(here)}",
        "--dpkgopt=force-unsafe-io",
        *(f"--aptopt={line}" for line in _machine_apt_options()),
        *downloads,
        f"--customize-hook=copy-in {shlex.quote(str(canary))} /tmp",
        f'--customize-hook=chroot "$1" dpkg --install /tmp/{canary.name}',
        codename,
        root,
        f"deb http://{here.mirror} {codename} {here.components}",
        f"deb http://{here.mirror} {codename}-updates {here.components}",
        f"deb http://{here.security_mirror} {codename}-security {here.components}",
    ]


def _keyring(distribution: Distribution) -> Path:
    """What its archive is signed with: Debian's own is here, and Debian hands on Ubuntu's."""
    files = Path("usr/share/keyrings") / f"{distribution.keyring}.gpg"
    if distribution is DEBIAN:
        return "/" / files
    release = RENTED["debian-13"]  # the first that has it
    what = f"the keys of {distribution.name}'s archive"
    return ensure_unpacked(distribution.keyring, what, release=release) / files


def _finish(image: Image, root: Path) -> None:
    """What makes the root an image: nothing of this machine in it, the lab's few settings."""
    for key in (root / "etc/ssh").glob("ssh_host_*"):
        key.unlink()
    (root / "etc/apt/apt.conf.d/99mmdebstrap").unlink(missing_ok=True)
    (root / "etc/dpkg/dpkg.cfg.d/99mmdebstrap").unlink(missing_ok=True)
    (root / "var/log/dpkg.log").unlink(missing_ok=True)
    for written in ("etc/resolv.conf", "etc/apt/sources.list"):
        (root / written).unlink(missing_ok=True)
    for name, text in _files(image).items():
        (root / name).write_text(text)
    shutil.copyfile(signing.public_key(), root / "etc/apt/trusted.gpg.d/vps-lab.gpg")


def _files(image: Image) -> dict[str, str]:
    """Path in the root -> text."""
    return {
        "etc/machine-id": "",  # each host gets one of its own when it boots
        "etc/hostname": "localhost\n",
        "etc/hosts": _HOSTS,
        "etc/resolv.conf": _RESOLVER,
        "etc/default/locale": "LANG=C.UTF-8\n",
        "etc/apt/sources.list": sources_list(image),
        "etc/cloud/cloud.cfg.d/99_lab.cfg": _CLOUD_CFG,
        "etc/dpkg/dpkg.cfg.d/lab": _DPKG_CFG,
    }


def _environment() -> dict[str, str]:
    """This machine's environment with a C locale: maintainer scripts warn about any other."""
    return {**os.environ, "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}


def _machine_apt_options() -> list[str]:
    """How this machine's apt is told to download: proxies, certificates, date checks."""
    downloading = ("Acquire::http", "Acquire::Check-", "Acquire::Retries", "Acquire::ForceIPv")
    dump = subprocess.run(["apt-config", "dump"], check=True, capture_output=True, text=True)
    return [line for line in dump.stdout.splitlines() if line.startswith(downloading)]
