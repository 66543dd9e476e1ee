"""The auditors from PyPI, in an environment of their own in the cache: their needs are not ours."""

import hashlib
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

from lab.cache import Report, build_once, run_logged, silent
from lab.paths import cache_dir, checkout_dir

REQUIREMENTS = checkout_dir() / "requirements-audit.txt"


class AuditError(Exception):
    """An auditor could not do its work; the message says which and why."""


def ensure_tools(*, report: Report = silent) -> Path:
    """The folder with the auditors' programs; installed if they are not there.

    Raises:
        BuildError: pip failed.
    """
    inputs = f"{sys.version_info[:2]}\n{REQUIREMENTS.read_text(encoding='utf-8')}"
    digest = hashlib.sha256(inputs.encode()).hexdigest()[:12]

    def build(into: Path) -> None:
        report("installing the auditors (half a minute, once)")
        venv.create(into / "venv", with_pip=True)
        pip = ["-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]
        run_logged("audit", [into / "venv/bin/python", *pip, "-r", REQUIREMENTS])

    return build_once(cache_dir() / "audit" / f"tools-{digest}", build) / "venv/bin"


def run_tool(
    tools: Path, module: str, arguments: Sequence[str | Path], *, inside: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    """Run an auditor to its end; many tell by their exit status what they found.

    Args:
        tools: From `ensure_tools`.
        module: The auditor's Python module: the programs' first lines name where they were built.
        arguments: Its own.
        inside: The beginning of a command line that enters a host's network.
    """
    return subprocess.run(
        [*inside, str(tools / "python"), "-m", module, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        cwd=checkout_dir(),
    )
