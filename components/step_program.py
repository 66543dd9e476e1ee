"""The program of a step: its script, and of what all may use the part that it does.

Each step brings its whole program along, and the engine keeps that text as an input and as an
output, and logs it several times in every run. So it holds no function that the step never calls,
and no comment: the reasons are for those who read the scripts.
"""

import re
from collections.abc import Iterable

_COMMENT = re.compile(r"\s*(?:#|$)")
_GOES_ON = re.compile(r"[ \t})]")
_DEFINES = re.compile(r"(\w+)(?:\(\)|=)")
_WORD = re.compile(r"\w+")


def without_comments(script: str) -> str:
    """The same script without the lines that are empty or nothing but a comment.

    Args:
        script: One without texts of several lines; those could hold such lines.
    """
    return "".join(line for line in script.splitlines(keepends=True) if not _COMMENT.match(line))


def with_what_it_uses(script: str, shared: Iterable[str], *entries: str) -> str:
    """A script behind the functions and variables of shared ones that it uses, and that these use.

    Whatever is named is taken for used, also in words that are said: rather one too many than one
    too few. So nothing may be called by a name that is put together while it runs.

    Args:
        script: Who uses them.
        shared: Scripts that have nothing at the margin but functions, assignments and single
            commands, each of the last two on one line. The commands are always taken.
        entries: Names that others use.

    Returns:
        All of it in its order, without comments.
    """
    script = without_comments(script)
    parts = [part for text in shared for part in _parts(without_comments(text))]
    waiting = {name: part for part in parts if (name := _name(part))}
    taken = {part for part in parts if not _name(part)}
    words = {*entries, *_WORD.findall(script), *_WORD.findall("".join(taken))}
    while named := waiting.keys() & words:
        found = {waiting.pop(name) for name in named}
        taken |= found
        words = set(_WORD.findall("".join(found)))
    return "".join([*(part for part in parts if part in taken), script])


def _parts(script: str) -> list[str]:
    parts: list[str] = []
    for line in script.splitlines(keepends=True):
        if parts and _GOES_ON.match(line):
            parts[-1] += line
        else:
            parts.append(line)
    return parts


def _name(part: str) -> str | None:
    found = _DEFINES.match(part)
    return found[1] if found else None
