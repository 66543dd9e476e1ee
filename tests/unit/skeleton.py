"""The shape of configuration files, as the programs that read them see it, without the values."""

import json
import re
from collections.abc import Iterator

_NGINX = re.compile(
    r"""\s+|\#[^\n]*|(?P<word>(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\$\{[^}]*\}|\\.|[^\s;{}"'\\])"""
    r"""(?:\\.|\$\{[^}]*\}|[^\s;{}\\])*)|(?P<mark>[;{}])""",
    re.DOTALL,
)


def nginx(text: str) -> list[str]:
    """Each directive's name and number of values, with its depth; ValueError where it is broken."""
    found: list[str] = []
    words: list[str] = []
    depth = position = 0
    while position < len(text):
        match = _NGINX.match(text, position)
        if match is None:
            raise ValueError(f"no token at {text[position : position + 40]!r}")
        position = match.end()
        if word := match["word"]:
            words.append(word)
        elif mark := match["mark"]:
            if mark != "}":
                found.append(f"{depth} {words[0] if words else ''} {len(words)}{mark}")
            elif words:
                raise ValueError(f"unended {words}")
            depth += {"{": 1, "}": -1, ";": 0}[mark]
            words = []
    if depth or words:
        raise ValueError("unended")
    return found


def lines(text: str) -> list[str]:
    """Each line's keyword (systemd, ssh, sshd), or `*` for a value, and how many words it has."""
    return list(_lines(text))


def _lines(text: str) -> Iterator[str]:
    # Every line end that a reader might know, and comments as what they are.
    for line in re.split(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]", text):
        words = line.replace("=", " ", 1).split()
        if words:
            keyword = words[0] if re.fullmatch(r"[A-Za-z_]+|\[\w+\]|[{}#]", words[0]) else "*"
            yield f"{keyword} {len(words)}"


def json_text(text: str) -> object:
    """The keys of a JSON text, and the kind of each value in the place of the value."""
    return _kinds(json.loads(text))


def _kinds(value: object) -> object:
    if isinstance(value, dict):
        return {key: _kinds(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_kinds(one) for one in value]
    return type(value).__name__
