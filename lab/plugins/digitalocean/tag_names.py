"""Tags of a resource, as the published plugin checks them."""

import re

from lab.plugins.framework import ListOf, Property, String

_TAG = re.compile(r"[a-zA-Z0-9:\-_]{1,255}")
REFUSED = (
    "tags may contain lowercase letters, numbers, colons, dashes, and underscores; "
    "there is a limit of 255 characters per tag"
)


def check_tag(name: str) -> str | None:
    """Why the name is refused, if it is."""
    return None if _TAG.fullmatch(name) else REFUSED


def check_tags(names: list[str]) -> str | None:
    """The same for several."""
    return next((reason for name in names if (reason := check_tag(name))), None)


TAGS = Property(ListOf(String(), ordered=False), check=check_tags)
