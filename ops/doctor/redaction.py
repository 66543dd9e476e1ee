"""Takes every secret out of a text: those that are known, and what looks like one."""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ops.engine import run_pulumi

REMOVED = "[removed]"
_SHORTEST = 6
"""A shorter value is in too many words to be taken out."""
_SECRET_NAME = re.compile(r"(?i)token|secret|passphrase|password|private.?key|api.?key|access.?key")
_PATTERNS = (
    re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
    ),
    re.compile(r"(?i)(?<=bearer )[^\s\"']+"),
    re.compile(r"(?i)(?<=basic )[A-Za-z0-9+/=]{8,}"),
    re.compile(r"(?<=://)[^\s/@\"']+(?=@)"),
    re.compile(
        r"(?i)((?:token|secret|passphrase|password|api[-_]?key|authorization|cookie)"
        r"[\"']?\s*[:=]\s*[\"']?)[^\s\"',&;]+"
    ),
    re.compile(r"\b(?=[A-Za-z0-9_+/=-]*[0-9])(?=[A-Za-z0-9_+/=-]*[A-Za-z])[A-Za-z0-9_+/=-]{32,}"),
)


class Redactor:
    """Knows the secrets of a stack; `clean` leaves none of them in a text."""

    def __init__(self, secrets: Iterable[str]) -> None:
        parts = {part for secret in secrets for part in (secret, *secret.splitlines())}
        # The longest first: one may be a part of another.
        self._secrets = sorted((one for one in parts if len(one) >= _SHORTEST), key=len)[::-1]

    def clean(self, text: str) -> str:
        """The text with REMOVED in the place of every secret."""
        for secret in self._secrets:
            for form in (secret, json.dumps(secret)[1:-1]):
                text = text.replace(form, REMOVED)
        for pattern in _PATTERNS:
            text = pattern.sub(_keeping_name, text)
        return text


def _keeping_name(found: "re.Match[str]") -> str:
    return (found[1] if found.re.groups else "") + REMOVED


def secrets_of(
    outputs: Mapping[str, Any], stack: str | None, environ: Mapping[str, str] = os.environ
) -> set[str]:
    """Every secret that is known: of the outputs, the configuration, the environment."""
    found = {value for name, value in environ.items() if _SECRET_NAME.search(name)}
    found |= set(_named(outputs))
    chosen = ["--stack", stack] if stack else []
    done = run_pulumi(["config", "--json", "--show-secrets", *chosen])
    try:
        told = json.loads(done.stdout)
    except ValueError:
        told = {}
    for value in told.values():
        if value.get("secret"):
            found |= set(_texts(value.get("objectValue") or value.get("value") or ""))
            found.add(str(value.get("value") or ""))
    return found


def _named(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from (_texts if _SECRET_NAME.search(name) else _named)(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str):
        yield value
