"""One fault: how to make it, how to undo it, and what must be named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from lab.faults.ground import Ground


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is broken.

    Attributes:
        name: In a person's words.
        hop, cause: What `bin/ops status` must blame, for the service asr at least.
        broken: Breaks it on entering, mends it on leaving.
    """

    name: str
    hop: str
    cause: str
    broken: Callable[[Ground], AbstractContextManager[None]]
