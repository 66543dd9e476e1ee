"""How many WebSockets the tunnel holds, and what it weighs: with them, and without any."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from bench import loader, paths, processes, quick, visitors
from bench.loads import CLEAN, set_home_line

if TYPE_CHECKING:
    from bench.bed import Bed
    from bench.samples import Sample

HELD = 10_000
QUICK_HELD = quick.HELD
FRAME_US = 10_000_000
IDLE_SECONDS = 20.0


def hold(bed: Bed, path: str, *, total: int, seconds: float) -> Sample:
    """Open `total` WebSockets over a path and keep them; the tunnel is weighed with all open."""
    set_home_line(bed, CLEAN)
    before = processes.on_vps(bed, path) if path != "direct" else None
    child = loader.start(
        bed.lab,
        "hold",
        **paths.call(bed, path, total=total, parallel=100, seconds=seconds, period_us=FRAME_US),
        **visitors.FROM_ALL,
        grace=10,
        timeout=5 if path == "plain" else 15,  # it lets callers hang
    )
    assert child.stdout is not None
    first = child.stdout.readline()
    weighed: dict[str, Any] = {}
    if before is not None and first:
        after = processes.on_vps(bed, path)
        opened = int(first.split()[0])
        weighed["mb_per_1000"] = (after.megabytes - before.megabytes) / max(opened, 1) * 1000
        weighed["vps_mb"] = _all_processes(bed)
    return {**loader.finish(child).summary, **weighed}


def idle(bed: Bed) -> Sample:
    """An idle tunnel on the VPS: its memory and CPU, and the memory of all processes there."""
    before, begin = processes.on_vps(bed, "tunnel"), time.monotonic()
    time.sleep(IDLE_SECONDS)
    after, took = processes.on_vps(bed, "tunnel"), time.monotonic() - begin
    return {
        "tunnel_mb": after.megabytes,
        "tunnel_cpu": (after.cpu_seconds - before.cpu_seconds) / took * 100,
        "vps_mb": _all_processes(bed),
    }


def _all_processes(bed: Bed) -> float:
    """Megabytes of all processes of the VPS, shared pages by their share (PSS).

    Not in it: the kernel, its socket buffers, and files in its cache; the lab's hosts share them.
    """
    kilobytes = bed.sh(
        bed.vps,
        "cat /proc/[0-9]*/smaps_rollup 2>/dev/null | sed -n 's/^Pss: *\\([0-9]*\\) kB/\\1/p'",
    )
    return sum(map(int, kilobytes.split())) * 1024 / 1e6
