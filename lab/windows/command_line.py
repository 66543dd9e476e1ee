"""How Windows makes words of a command line."""

from __future__ import annotations

import re

_WORDS = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')


def split_words(line: str) -> list[str]:
    """The words: only double quotes hold some together."""
    return [quoted or plain for quoted, plain in _WORDS.findall(line)]
