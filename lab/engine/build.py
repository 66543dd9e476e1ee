"""The engine in the order of least effort: on PATH, kept, the official installer, a Go build."""

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

from lab.cache import INTERRUPTED, BuildError, Report, build_once, run_logged, silent
from lab.engine.golang import find_go, go_environment
from lab.paths import cache_dir, checkout_dir

PROGRAMS = (
    "pulumi",
    "pulumi-language-python",
    "pulumi-language-python-exec",
    "pulumi-resource-pulumi-python",
)
"""What has to lie side by side for a Python program."""

_MODULES = Path(__file__).parent
_CLI = "github.com/pulumi/pulumi/pkg/v3"
_SDK = "github.com/pulumi/pulumi/sdk/v3"
_OLDEST = (3, 226)
"""The first version that ran this program; older ones on PATH are left alone."""

_INSTALLER = "https://get.pulumi.com/install.sh"
_INSTALLER_SECONDS = 5
_INSTALL_SECONDS = 300


def ensure_engine(*, report: Report = silent) -> Path:
    """The directory that holds `PROGRAMS`.

    Raises:
        BuildError: none of the ways worked; says why the last one did not.
    """
    on_path = _on_path()
    if on_path is not None:
        return on_path
    version = _sdk_version()
    official = cache_dir() / "engine" / f"official-{version}"
    built = cache_dir() / "engine" / f"built-{_modules_digest()}"
    if not official.is_dir() and not built.is_dir():
        installer = _download_installer()
        if installer is not None:
            report(f"installing Pulumi {version} with its official installer")
            try:
                build_once(official, lambda into: _install(installer, version, into))
            except BuildError as error:
                report(f"the official installer did not work, building instead ({error})")
    if official.is_dir():
        return official / "bin"
    return build_once(built, lambda into: _build(into, report))


def module_version(go_mod: str, module: str) -> str:
    """The version at which a go.mod requires a module, without the `v`."""
    found = re.search(rf"^\s*{re.escape(module)} v(\S+)", go_mod, re.MULTILINE)
    if found is None:
        raise BuildError(f"go.mod does not require {module}")
    return found[1]


def parse_version(text: str) -> tuple[int, int] | None:
    """Major and minor of what `pulumi version` prints; None for a development build."""
    found = re.match(r"v?(\d+)\.(\d+)\.", text.strip())
    return (int(found[1]), int(found[2])) if found else None


def _on_path() -> Path | None:
    """Where a new enough `pulumi` on PATH really is, if its language host is beside it."""
    found = shutil.which("pulumi")
    if found is None:
        return None
    directory = Path(found).resolve().parent
    if not all((directory / name).is_file() for name in PROGRAMS):
        return None
    asked = subprocess.run([found, "version"], capture_output=True, text=True, check=False)
    version = parse_version(asked.stdout)
    return directory if version is not None and version >= _OLDEST else None


def _sdk_version() -> str:
    """The version of the SDK that the program pins: the official engine is taken at the same."""
    requirements = (checkout_dir() / "requirements.txt").read_text()
    found = re.search(r"^pulumi==([0-9.]+)", requirements, re.MULTILINE)
    if found is None:
        raise BuildError("requirements.txt does not pin pulumi==VERSION")
    return found[1]


def _download_installer() -> bytes | None:
    """The official install script, or None where it cannot be had within a few seconds."""
    limit = str(_INSTALLER_SECONDS)
    command = ["curl", "--proto", "=https", "-fsSL", "--max-time", limit, _INSTALLER]
    try:
        done = subprocess.run(
            command, capture_output=True, check=False, timeout=_INSTALLER_SECONDS + 1
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    if done.returncode in INTERRUPTED:
        raise KeyboardInterrupt
    return done.stdout if done.returncode == 0 and done.stdout.startswith(b"#!") else None


def _install(installer: bytes, version: str, into: Path) -> None:
    script = into / "install.sh"
    script.write_bytes(installer)
    # In the foreground, or the terminal's Ctrl-C would not reach it.
    limited: list[str | Path] = ["timeout", "--foreground", str(_INSTALL_SECONDS), "sh", script]
    run_logged("engine", [*limited, "--version", version, "--install-root", into, "--no-edit-path"])
    missing = [name for name in PROGRAMS if not (into / "bin" / name).is_file()]
    if missing:
        raise BuildError(f"the official installer left out {', '.join(missing)}")


def _modules_digest() -> str:
    names = ("cli/go.mod", "cli/go.sum", "language/go.mod", "language/go.sum")
    contents = b"".join((_MODULES / name).read_bytes() for name in names)
    return hashlib.sha256(contents).hexdigest()[:12]


def _build(into: Path, report: Report) -> None:
    """Build CLI and language host from their Go modules; the sources are removed after."""
    cli_mod = (_MODULES / "cli/go.mod").read_text()
    version = module_version(cli_mod, _CLI)
    scratch = into / "scratch"
    environment = go_environment(scratch)
    go = find_go(re.findall(r"^go (\S+)", cli_mod, re.MULTILINE)[0], environment, report)
    report(f"building Pulumi {version} from its Go module (3 to 5 minutes, once)")
    linking = f"-s -w -X {_SDK}/go/common/version.Version={version}"
    build: list[str | Path] = [go, "-C"]
    run_logged(
        "engine",
        [*build, _MODULES / "cli", "build", "-ldflags", linking, "-o", into, f"{_CLI}/cmd/pulumi"],
        env=environment,
    )
    host = f"{_SDK}/python/cmd/pulumi-language-python"
    run_logged(
        "engine",
        [*build, _MODULES / "language", "build", "-ldflags", "-s -w", "-o", into, host],
        env=environment,
    )
    sdk = scratch / "modules" / f"{_SDK}@v{_language_version()}"
    for script in ("cmd/pulumi-language-python-exec", "dist/pulumi-resource-pulumi-python"):
        copy = into / Path(script).name
        shutil.copyfile(sdk / "python" / script, copy)
        copy.chmod(0o755)
    shutil.rmtree(scratch)


def _language_version() -> str:
    return module_version((_MODULES / "language/go.mod").read_text(), _SDK)
