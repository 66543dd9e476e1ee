"""What nginx holds every visitor to, in every mode: its limits, and https for browsers."""

from dataclasses import dataclass

from settings import LimitSettings


@dataclass(frozen=True, kw_only=True)
class VisitorPolicy:
    """Limits of one visitor, and what browsers are told.

    Attributes:
        limits: What one visitor address may ask for.
        hsts: Whether browsers that came by https are told to use nothing else.
    """

    limits: LimitSettings
    hsts: bool
