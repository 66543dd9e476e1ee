"""The holder runs with the host's own Python, which may be older than the program's."""

import ast
import sys
from pathlib import Path

import pytest

from components.preflight.local_checks import _OLDEST_PYTHON
from components.rendering import HERE

MODULES = sorted((HERE / "holder").glob("*.py"))
NEWER = {"TaskGroup", "StrEnum", "tomllib", "pairwise", "ExceptionGroup"}
"""Names of the standard library that Python 3.9 does not have."""


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_each_module_is_written_for_the_oldest_python(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"), feature_version=_OLDEST_PYTHON)

    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert used.isdisjoint(NEWER)
    words = {word.arg for word in ast.walk(tree) if isinstance(word, ast.keyword)}
    assert words.isdisjoint({"slots", "kw_only"})  # of a dataclass


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_each_module_imports_from_the_standard_library_or_beside_it(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))

    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names = {(node.module or "").partition(".")[0] for node in imports if node.level == 0}
    assert names <= set(sys.stdlib_module_names)
    # A union or a generic of an annotation is no code for such a Python.
    assert module.stem == "__init__" or "annotations" in {
        name.name for node in imports if node.module == "__future__" for name in node.names
    }
