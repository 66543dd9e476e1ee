"""Rules that hold in the whole repository."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_host_key_checking_is_switched_off_nowhere() -> None:
    # Put together here, so that this file does not hold what it looks for.
    off = re.compile(
        "StrictHostKeyChecking" + r"""[\s=:,"']+(no|off|accept-new)\b""", re.IGNORECASE
    )

    found = [
        path.relative_to(ROOT)
        for path in _tracked()
        if off.search(path.read_text(encoding="utf-8", errors="replace"))
    ]

    assert found == []


def test_the_program_imports_nothing_of_the_lab_and_its_tools() -> None:
    imports = re.compile(r"^\s*(?:from|import)\s+(?:lab|ops|audit|bench|tests)\b", re.MULTILINE)
    program = [
        ROOT / "__main__.py",
        *(ROOT / "components").rglob("*.py"),
        *(ROOT / "settings").rglob("*.py"),
    ]

    assert [path.name for path in program if imports.search(path.read_text(encoding="utf-8"))] == []
