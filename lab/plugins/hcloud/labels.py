"""Labels, which every resource may have."""

from typing import Any

from hcloud.helpers.labels import LabelValidator

from lab.plugins.framework import MapOf, Property, String


def check_labels(labels: dict[str, Any]) -> str | None:
    """Why the labels are refused, if they are."""
    fits, reason = LabelValidator.validate_verbose(labels)
    return None if fits else reason


LABELS = Property(MapOf(String()), check=check_labels)
