"""Files that others read while they are written."""

from __future__ import annotations

from pathlib import Path


def replace(path: Path, text: str) -> None:
    """Write a file in one piece; anybody may read it."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(text, encoding="utf-8")
    new.chmod(0o644)
    new.replace(path)
