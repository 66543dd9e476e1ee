"""What of the code the auditors are shown."""

from audit.code import PYTHON, SHELL
from lab.paths import checkout_dir


def test_every_package_is_looked_at_but_the_tests() -> None:
    packages = {path.parent.name for path in checkout_dir().glob("*/__init__.py")}

    assert set(PYTHON) == packages - {"tests"} | {"__main__.py"}


def test_scripts_are_looked_for_where_the_check_looks() -> None:
    check = (checkout_dir() / "bin/check").read_text(encoding="utf-8")

    assert f"find {' '.join(SHELL)} -type f" in check
