"""The syntax of .wslconfig and wsl.conf, as WSL itself reads them: where each setting stands.

It is that of .gitconfig: `[section]`, `key = value`, comments with `#`, values with quotes, escapes
and continued lines. A line that WSL cannot read it skips, and of a repeated key the first counts.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_HEADER = re.compile(r"[ \t]*\[([A-Za-z][A-Za-z0-9]*)\][ \t]*(?=#|[\r\n]|\Z)")
_KEY = re.compile(r"[ \t]*([A-Za-z][A-Za-z0-9]*)[ \t]*=[ \t]*")
_ESCAPE = re.compile(r'\\(?:\r?\n|[\\"bnt])')


@dataclass(frozen=True, kw_only=True)
class Header:
    """`[name]`, from `start` to the beginning of the next line."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A setting's line from `start` to `end`, and in it the value as it is written.

    `name` is "section.key", or "key" above the first section.
    """

    name: str
    start: int
    end: int
    value_start: int
    value_end: int


def scan(text: str) -> Iterator[Header | Entry]:
    """Headers and settings that WSL would take, in their order."""
    section = ""
    at = 0
    while at < len(text):
        if header := _HEADER.match(text, at):
            end = _next_line(text, header.end())
            section = header[1]
            yield Header(name=section, start=at, end=end)
        elif key := _KEY.match(text, at):
            value_end, stop, readable = _read_value(text, key.end())
            end = _next_line(text, stop)
            if readable:
                yield Entry(
                    name=f"{section}.{key[1]}" if section else key[1],
                    start=at,
                    end=end,
                    value_start=key.end(),
                    value_end=value_end,
                )
        else:
            end = _next_line(text, at)
        at = end


def find(text: str, setting: str) -> Entry | None:
    """The line that decides a setting ("section.key", upper and lower case alike)."""
    return next(
        (
            item
            for item in scan(text)
            if isinstance(item, Entry) and item.name.lower() == setting.lower()
        ),
        None,
    )


def value_of(text: str, setting: str) -> str | None:
    """A setting as it is written, quotes and all; None where it is not set."""
    entry = find(text, setting)
    return None if entry is None else text[entry.value_start : entry.value_end]


def _next_line(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1


def _read_value(text: str, at: int) -> tuple[int, int, bool]:
    """End of the value without spaces behind it, end of all that was read, whether it is one."""
    quoted = False
    end = at
    while at < len(text):
        character = text[at]
        if character in "\r\n" or (character == "#" and not quoted):
            break
        if character == "\\":
            escape = _ESCAPE.match(text, at)
            if escape is None:
                return end, at, False
            at = end = escape.end()
            continue
        if character == '"':
            quoted = not quoted
        at += 1
        if character not in " \t":
            end = at
    return end, at, not quoted
