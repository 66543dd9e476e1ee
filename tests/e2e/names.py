"""The names of the labs: no two runs, and no two workers of one run, share one."""

import os

_RUN = os.environ.get("VPS_TEST_LAB", "test")  # another one for a run beside a run
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")

# At most ten letters and digits; the first letter of a second lab is another one.
NAME = _RUN[: 10 - len(_WORKER)] + _WORKER
OTHER = f"x{NAME[-9:]}"  # a second lab beside it
BENCH = f"q{NAME[-9:]}"  # the bench's own
