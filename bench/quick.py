"""`--quick`: a look at each kind of work, and the limits that only a gross regression passes.

Far from the bars on purpose: it runs on machines that do other things beside it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.report import Line

WORKS = ("latency-50", "connections", "hold", "recovery-client-killed", "recovery-dead-3")
HELD = 300  # WebSockets

LIMITS = {
    "50 streams clean: added p50": 25.0,
    "50 streams clean: p99 / direct": 6.0,
    "new connections/s / direct": 0.15,
    "open WebSockets held 60 s": float(HELD),
    "client killed: worst": 15.0,
    "line dead 3 s: worst": 15.0,
}


def gross(found: Sequence[Line]) -> list[str]:
    """What is far worse than it ever was, a sentence each."""
    said = []
    for line in found:
        limit = LIMITS.get(line.row.name)
        if limit is None:
            continue
        if line.figure is None:
            said.append(f"{line.row.name}: {line.error}")
            continue
        value = line.figure.value
        if value < limit if line.row.better == "more" else value > limit:
            said.append(f"{line.row.name}: {value:.2f} {line.row.unit}, the limit is {limit:g}")
    return said
