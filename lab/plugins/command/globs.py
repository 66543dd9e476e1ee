"""Files that a command left behind, found by patterns: `*` stops at "/", `**` does not."""

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lab.plugins.property_values import ARCHIVE, ASSET, SIGNATURE


def find_assets(directory: str, patterns: Sequence[str]) -> dict[str, Any]:
    """Assets by path below the directory. Patterns apply in order; one with "!" takes out again."""
    rules = [(pattern.startswith("!"), _compile(pattern.removeprefix("!"))) for pattern in patterns]
    found: dict[str, Any] = {}
    for relative in _files(directory):
        for excludes, rule in rules:
            if not rule.fullmatch(relative):
                continue
            if excludes:
                found.pop(relative, None)
            else:
                found[relative] = _asset(str(Path(directory, relative)))
    return found


def as_archive(assets: dict[str, Any]) -> dict[str, Any]:
    """One archive that holds the assets."""
    return {SIGNATURE: ARCHIVE, "assets": assets}


def _asset(path: str) -> dict[str, Any]:
    content = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    return {SIGNATURE: ASSET, "path": path, "hash": content}


def _files(directory: str) -> Iterator[str]:
    for where, folders, names in os.walk(directory):
        links = [name for name in folders if Path(where, name).is_symlink()]
        for name in (*names, *links):
            if Path(where, name).is_file():
                yield str(Path(where, name).relative_to(directory))


def _compile(pattern: str) -> re.Pattern[str]:
    out, at, depth = "", 0, 0
    while at < len(pattern):
        character = pattern[at]
        if pattern.startswith("**", at):
            out, at = out + ".*", at + 1
        elif character in "*?":
            out += "[^/]*" if character == "*" else "[^/]"
        elif character == "[" and (end := pattern.find("]", at + 2)) > 0:
            inside = pattern[at + 1 : end].replace("\\", "\\\\")
            out, at = out + "[" + inside.replace("!", "^", 1 if inside[0] == "!" else 0) + "]", end
        elif character == "{":
            out, depth = out + "(?:", depth + 1
        elif character == "}" and depth:
            out, depth = out + ")", depth - 1
        elif character == "," and depth:
            out += "|"
        elif character == "\\" and at + 1 < len(pattern):
            at += 1
            out += re.escape(pattern[at])
        else:
            out += re.escape(character)
        at += 1
    return re.compile(out, re.DOTALL)
