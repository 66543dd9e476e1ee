"""How a setting's kind is checked and named; durations, counts, flags.

Each value is a plain `str` or `int` that passed one check, and none can leave the place it is
written to: nginx, shell, systemd and sshd files, YAML. A refusal reads as the rest of a sentence
that starts with the value: what it is not, then what to use, with an example.
"""

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

_DURATION = re.compile(r"([0-9]{1,7})(s|m|h|)", re.ASCII)
_UNIT_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}


@dataclass(frozen=True)
class Kind:
    """How the documentation names a kind of value."""

    words: str


class RefusalError(ValueError):
    """A refusal that knows what was probably meant.

    That is apart from the words, as it is made from the value, which may be a secret.
    """

    def __init__(self, words: str, *, meant: str | None) -> None:
        super().__init__(words)
        self.meant = meant


def matching(pattern: str, refusal: str) -> AfterValidator:
    """A check that the whole text matches `pattern` (ASCII only)."""
    compiled = re.compile(pattern, re.ASCII)

    def check(value: str) -> str:
        if compiled.fullmatch(value) is None:
            raise ValueError(refusal)
        return value

    return AfterValidator(check)


def between(low: int, high: int, noun: str, example: int) -> AfterValidator:
    """A check of a whole number's range, both ends included."""

    def check(value: int) -> int:
        if not low <= value <= high:
            raise ValueError(f"is not {noun}; use {low} to {high}, for example {example}")
        return value

    return AfterValidator(check)


def format_duration(seconds: int) -> str:
    """The shortest way to type a duration: 3600 is "1h", 90 is "90s"."""
    for unit in ("h", "m"):
        if seconds and seconds % _UNIT_SECONDS[unit] == 0:
            return f"{seconds // _UNIT_SECONDS[unit]}{unit}"
    return f"{seconds}s"


def duration(low: int, high: int) -> tuple[BeforeValidator, AfterValidator]:
    """Reads 3600, "300s", "15m" or "1h" as seconds within a range."""

    def parse(value: object) -> object:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and (found := _DURATION.fullmatch(value)):
            return int(found[1]) * _UNIT_SECONDS[found[2]]
        raise ValueError('is not a duration; use seconds, or "300s", "15m", "1h"')

    def check(value: int) -> int:
        if not low <= value <= high:
            raise ValueError(
                f"is out of range; use {format_duration(low)} to {format_duration(high)}"
            )
        return value

    return BeforeValidator(parse), AfterValidator(check)


Connections = Annotated[
    int,
    Field(strict=True),
    between(1, 16, "a number of connections", 2),
    Kind("whole number, 1 to 16"),
]
OnOff = Annotated[
    Literal["on", "off"],
    # In YAML an unquoted `off` may mean false.
    BeforeValidator(lambda value: ("off", "on")[value] if isinstance(value, bool) else value),
]
Flag = Annotated[bool, Field(strict=True), Kind("true or false")]
TimeOfDay = Annotated[
    str,
    matching(
        r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|never",
        'is not a time of day; use for example "04:00", or never',
    ),
    Kind('"HH:MM" or never'),
]
