"""Rules that hold in the whole repository."""

import re
import subprocess
from pathlib import Path

import pytest

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


MARK = (
    r"# ?(?:noqa(?:: ?[A-Z]+\d+(?:, ?[A-Z]+\d+)*)?|type: ?ignore(?:\[[\w, -]+\])?|nosec(?: B\d+)*)"
)


def _is_bare(line: str) -> bool:
    """Whether the line silences a warning, and neither behind the mark nor between two says why."""
    behind = re.split(MARK, line)[1:]
    return bool(behind) and not re.search("[a-zA-Z]", "".join(behind))


def test_every_silenced_warning_has_its_reason_on_its_line() -> None:
    bare = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in _tracked()
        if path.suffix == ".py"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if _is_bare(line)
    ]

    assert bare == []


@pytest.mark.parametrize(
    ("line", "bare"),
    [
        ("x = 1  # noqa: PLR2004", True),
        ("x = 1  # noqa", True),
        ("x = 1  # type: ignore[misc]  # noqa: E501", True),
        ("x = 1  # noqa: S701 # nosec B701", True),
        ("x = 1  # noqa: FBT001, N802  # the engine's name", False),
        ("x = 1  # type: ignore[misc] # a bound loop variable", False),
        ("x = 1  # noqa: S314 - ours  # nosec B314", False),
    ],
)
def test_a_mark_without_a_reason_is_noticed(line: str, *, bare: bool) -> None:
    assert _is_bare(line) == bare
