"""pebble, the ACME server for tests that Debian has."""

from pathlib import Path

from lab.cache import Report, silent
from lab.images.unpacked import ensure_unpacked


def ensure_pebble(*, report: Report = silent) -> Path:
    """The directory with pebble and its libraries, unpacked from Debian's packages if missing.

    Raises:
        BuildError: mmdebstrap failed.
    """
    return ensure_unpacked("pebble", "the ACME server", report=report)
