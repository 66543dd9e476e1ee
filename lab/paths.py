"""Where the lab keeps its files: one cache outside the checkout, one directory per running lab."""

import os
import re
from pathlib import Path

_LAB_NAME = re.compile(r"[a-z0-9]{1,10}")


class LabNameError(ValueError):
    """A lab cannot be called so; says what is allowed."""


def checkout_dir() -> Path:
    """The checkout this code runs from: the directory that holds `lab/` and `Pulumi.yaml`."""
    return Path(__file__).resolve().parent.parent


def cache_dir() -> Path:
    """Everything the lab builds or keeps; nothing else of the machine is written.

    A relative `XDG_CACHE_HOME` is ignored, as the XDG specification asks.
    """
    home = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not home.is_absolute():
        home = Path.home() / ".cache"
    return home / "vps-reverse-proxy"


def lab_dir(lab: str) -> Path:
    """The files of one running lab, removed when it goes down.

    Raises:
        LabNameError: the name is not 1 to 10 of a-z and 0-9 (it becomes part of namespace names).
    """
    if not _LAB_NAME.fullmatch(lab):
        raise LabNameError(f"lab name {lab!r}: use 1 to 10 of a-z and 0-9, for example 'rehearsal'")
    return cache_dir() / "labs" / lab
