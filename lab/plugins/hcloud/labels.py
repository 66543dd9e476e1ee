"""Labels, which every resource may have."""

import re
from typing import Any, Final

from lab.plugins.framework import MapOf, Property, String

_WORD: Final = r"[a-zA-Z0-9](?:[a-zA-Z0-9._-]{0,%d}[a-zA-Z0-9])?"
_KEY: Final = re.compile(rf"(?:{_WORD % 253}/)?{_WORD % 61}")
_VALUE: Final = re.compile(rf"(?:{_WORD % 61})?")


def check_labels(labels: dict[str, Any]) -> str | None:
    """Why the labels are refused, if they are; in the words of Hetzner's client."""
    for key, value in labels.items():
        if not _KEY.fullmatch(key):
            return f"label key {key} is not correctly formatted"
        if not _VALUE.fullmatch(value):
            return f"label value {value} (key: {key}) is not correctly formatted"
    return None


LABELS = Property(MapOf(String()), check=check_labels)
