"""One thing broken at a time: bin/ops names the hop and the cause, and all is well after."""

from dataclasses import replace

import pytest

from lab.faults.fault import Fault
from lab.faults.ground import Ground
from lab.faults.running import FAULTS, row, try_out
from tests.e2e.harness import Lab

CHEAP = {"nginx stopped on the VPS", "record points elsewhere"}


def _parameters() -> list[object]:
    return [
        pytest.param(
            fault,
            id=fault.name.replace(" ", "-"),
            marks=[] if fault.name in CHEAP else [pytest.mark.full],
        )
        for fault in FAULTS
    ]


@pytest.mark.parametrize("fault", _parameters())
def test_the_fault_is_named_by_status_and_doctor_and_mended(deployed: Lab, fault: Fault) -> None:
    deployed.wait_serving()

    named = try_out(Ground(deployed.name), fault)

    # How long a look took is judged by bin/lab faults: here other tests run beside it.
    assert replace(named, look_seconds=0.0).right, row(named)
