"""The exit statuses of bin/ops, for scripts."""

from collections.abc import Iterable

from ops.health.model import Verdict

FAILED = 1
"""It could not look: no stack, no pulumi, no passphrase; the words are on standard error."""
BROKEN = 3
"""It looked, and something is broken."""
UNKNOWN = 4
"""Nothing is known to be broken, and not everything could be seen."""


def status_of(verdicts: Iterable[Verdict]) -> int:
    """0 when all is well; else the worst."""
    found = set(verdicts)
    return BROKEN if "broken" in found else UNKNOWN if "unknown" in found else 0
