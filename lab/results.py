"""Where a run leaves its results in the checkout, and whose they are."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from lab import paths

if TYPE_CHECKING:
    from pathlib import Path


def results_dir() -> Path:
    """The folder `build/` of the checkout; it need not exist."""
    return paths.checkout_dir() / "build"


def hand_over(file: Path) -> None:
    """Give a result, and the folders it is in, to the owner of the checkout.

    The lab runs as root: what it writes here would stay root's, and the owner of the checkout could
    neither overwrite nor delete it. A file outside of the checkout is left as it is.
    """
    checkout = paths.checkout_dir()
    owner = checkout.stat()
    inside = [place for place in (file, *file.parents) if checkout in place.parents]
    with suppress(PermissionError):  # without root, what we write is ours already
        for place in inside:
            os.chown(place, owner.st_uid, owner.st_gid)
