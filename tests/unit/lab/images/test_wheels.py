"""Wheels for another Python than the one that downloads them."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from lab.images.layers import _DEVELOPMENT_ONLY
from lab.images.wheels import _PIP_FOR_ANOTHER_PYTHON, SDIST_ONLY, requirement_name
from lab.paths import checkout_dir


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("pulumi==3.272.0   # the SDK", "pulumi"),
        ("types-PyYAML==6.0", "types-pyyaml"),
        ("ruamel_yaml.clib", "ruamel-yaml-clib"),
        ("# pulumi==1", ""),
        ("", ""),
    ],
)
def test_the_name_of_a_requirements_line(line: str, name: str) -> None:
    assert requirement_name(line) == name


def test_the_lists_of_package_names_name_packages_that_are_required() -> None:
    files = ("requirements.txt", "requirements-lab.txt")
    text = "\n".join((checkout_dir() / name).read_text() for name in files)
    required = {requirement_name(line) for line in text.splitlines()}
    assert required >= SDIST_ONLY
    assert required >= _DEVELOPMENT_ONLY


def _make_wheel(directory: Path, name: str, requires: str = "") -> None:
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(directory / f"{name}-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{requires}"
        )
        tags = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        wheel.writestr(f"{info}/WHEEL", tags)
        wheel.writestr(f"{info}/RECORD", "")


@pytest.mark.parametrize(("python", "wanted"), [("3.9", True), ("3.14", False)])
def test_conditions_are_answered_for_the_python_of_the_root(
    tmp_path: Path, python: str, wanted: object
) -> None:
    shelf, into = tmp_path / "shelf", tmp_path / "into"
    shelf.mkdir()
    _make_wheel(shelf, "outer", 'Requires-Dist: inner; python_version < "3.10"\n')
    _make_wheel(shelf, "inner")
    offline = ["--isolated", "--no-index", "--find-links", str(shelf), "--dest", str(into)]
    target = ["--only-binary", ":all:", "--python-version", python]
    subprocess.run(
        [
            sys.executable,
            "-c",
            _PIP_FOR_ANOTHER_PYTHON,
            python,
            "download",
            *offline,
            *target,
            "outer",
        ],
        check=True,
        capture_output=True,
    )
    assert (into / "inner-1.0-py3-none-any.whl").exists() == wanted
