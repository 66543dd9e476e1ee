"""The labs' names, which no two runs share, nor two workers of one; and what their hosts run."""

import os

from lab.images.releases import DEFAULT

_RUN = os.environ.get("VPS_TEST_LAB", "test")  # another one for a run beside a run
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")

# At most ten letters and digits; the first letter of a second lab is another one.
NAME = _RUN[: 10 - len(_WORKER)] + _WORKER
OTHER = f"x{NAME[-9:]}"  # a second lab beside it
BENCH = f"q{NAME[-9:]}"  # the bench's own

# What the user's own machines run: `bin/test --distribution`.
DISTRIBUTION = os.environ.get("VPS_TEST_DISTRIBUTION") or DEFAULT
