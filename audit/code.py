"""bandit, pip-audit and shellcheck: the code, and the packages it needs."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from audit.figures import Figure, keep
from audit.tools import AuditError, run_tool
from lab.paths import checkout_dir

PYTHON = ("__main__.py", "audit", "bench", "components", "lab", "ops", "settings")
SHELL = ("bin", ".ci", "components", "lab", "bench", "tests")
NO_DATABASE = "no database reached"
_SHEBANG = re.compile(r"#!.*\b(ba)?sh\b|# shellcheck shell=")


def audit_code(tools: Path) -> list[Figure]:
    """What the three say that nothing explains."""
    return [_bandit(tools), _pip_audit(tools), _shellcheck()]


def _bandit(tools: Path) -> Figure:
    arguments = ["-q", "-r", *PYTHON, "-f", "json", "-c", "pyproject.toml"]
    done = run_tool(tools, "bandit", arguments)
    keep("bandit.json", done.stdout)
    found = _json("bandit", done)["results"]
    return _none("bandit, the Python code", len(found), "findings without a reason")


def _pip_audit(tools: Path) -> Figure:
    done = run_tool(tools, "pip_audit", ["--no-deps", "-r", "requirements.txt", "-f", "json"])
    keep("pip-audit.json", done.stdout + done.stderr)
    name = "pip-audit, requirements.txt"
    if not done.stdout.strip():
        # Where the vulnerabilities' database is not to be had, nothing was looked at.
        return Figure(name=name, figure=NO_DATABASE, unit="", bar="0", met=False)
    packages = _json("pip-audit", done)["dependencies"]
    if unknown := [package["name"] for package in packages if "skip_reason" in package]:
        figure = f"{NO_DATABASE} for {len(unknown)} of {len(packages)} packages"
        return Figure(name=name, figure=figure, unit="", bar="0 known holes", met=False)
    holes = [hole["id"] for package in packages for hole in package.get("vulns", [])]
    return _none(name, len(holes), "known holes")


def _shellcheck() -> Figure:
    """The same check as bin/check's, counted."""
    scripts = [
        path.relative_to(checkout_dir())
        for folder in SHELL
        for path in sorted((checkout_dir() / folder).rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts and _is_shell(path)
    ]
    shellcheck = Path(sys.executable).with_name("shellcheck")
    done = subprocess.run(
        [shellcheck, "--external-sources", "--format=json", *scripts],
        capture_output=True,
        text=True,
        check=False,
        cwd=checkout_dir(),
    )
    keep("shellcheck.json", done.stdout)
    return _none(f"shellcheck, {len(scripts)} scripts", len(_json("shellcheck", done)), "findings")


def _is_shell(path: Path) -> bool:
    if path.suffix == ".sh":
        return True
    with path.open("rb") as opened:
        return bool(_SHEBANG.match(opened.readline(200).decode(errors="replace")))


def _json(auditor: str, done: subprocess.CompletedProcess[str]) -> Any:
    try:
        return json.loads(done.stdout)
    except ValueError as error:
        raise AuditError(f"{auditor} said no JSON:\n{done.stdout}{done.stderr}") from error


def _none(name: str, figure: int, unit: str) -> Figure:
    return Figure(name=name, figure=figure, unit=unit, bar="0", met=figure == 0)
