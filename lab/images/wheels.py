"""Python packages for a root, downloaded by this machine's own pip with its own settings."""

import platform
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from lab.cache import run_logged

SDIST_ONLY = frozenset({"ediri-vultr"})
"""Requirements that PyPI has no wheel of (all pure Python): built to one first."""

_OLDEST_GLIBC, _NEWEST_GLIBC = 5, 36
"""The manylinux tags that Debian 12 (glibc 2.36) and all later ones can run."""

_PIP_FOR_ANOTHER_PYTHON = """\
import sys
from pip._vendor.packaging import markers
from pip._internal.cli.main import main
here = markers.default_environment
target = {"python_version": sys.argv[1], "python_full_version": sys.argv[1] + ".0"}
markers.default_environment = lambda: {**here(), **target}
sys.exit(main(sys.argv[2:]))
"""
# pip takes --python-version for the choice of files only; conditions such as
# `; python_version < "3.13"` it answers for the interpreter it runs on.


def requirement_name(line: str) -> str:
    """The normalised package name of a requirements line; empty for a comment or blank line."""
    name = re.match(r"[A-Za-z0-9._-]*", line.strip())
    assert name is not None
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def download_wheels(requirements: Sequence[str], python: str, into: Path) -> None:
    """Put wheels of these requirements lines, of all they need and of pip in a directory.

    They suit CPython `python` (as `3.11`) on Linux with this machine's processor.

    Raises:
        BuildError: pip failed.
    """
    named = [line for line in requirements if requirement_name(line)]
    lines = [line.partition(" #")[0].strip() for line in named]
    pip: list[str | Path] = [sys.executable, "-m", "pip"]
    for line in lines:
        if requirement_name(line) in SDIST_ONLY:
            # In an environment of its own: Debian's pip makes venvs without what builds a wheel.
            build = [*pip, "wheel", "--use-pep517", "--no-deps", "--wheel-dir", into, line]
            run_logged("wheels", build)
    machine = platform.machine()
    tags = [f"manylinux_2_{minor}" for minor in range(_OLDEST_GLIBC, _NEWEST_GLIBC + 1)]
    tags += ["manylinux1", "manylinux2010", "manylinux2014", "linux"]
    download: list[str | Path] = [
        *(sys.executable, "-c", _PIP_FOR_ANOTHER_PYTHON, python),
        *("download", "--dest", into, "--find-links", into, "--only-binary", ":all:"),
        *("--implementation", "cp", "--python-version", python),
        *(f"--platform={tag}_{machine}" for tag in tags),
    ]
    run_logged("wheels", [*download, "pip", *lines])
