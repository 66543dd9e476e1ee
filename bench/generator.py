"""How much the load generator can do by itself: its client and its service on one loopback.

What it measures over a path is the path's only while that is far from what it reaches here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench import loader
from lab.hoststate import leader
from lab.listening import wait_listening

if TYPE_CHECKING:
    from bench.bed import Bed
    from bench.samples import Sample

PORT = 9003
SECONDS = 3.0


def alone(bed: Bed) -> Sample:
    """Frames, connections and bytes over the client's own loopback."""
    service = loader.start(bed.lab, "service", port=PORT, attached=1)
    try:
        wait_listening(
            leader(bed.lab, "client").pid,
            [("tcp", PORT)],
            seconds=10,
            what="the load generator's service",
            alive=lambda: service.poll() is None,
            log=lambda: "",
        )
        streams = loader.run(bed.lab, "streams", port=PORT, streams=50, seconds=SECONDS, path="/x")
        opened = loader.run(bed.lab, "connections", port=PORT, seconds=SECONDS, path="/x")
        bulk = loader.run(bed.lab, "streams", port=PORT, downloads=1, seconds=SECONDS, path="/x")
    finally:
        loader.end(service)
    return {
        "rtt_us": [row[2] for row in streams.rows],
        "frames_cpu_seconds": streams.summary["cpu_seconds"],
        "frames": streams.summary["back"],
        "connections": opened.summary["done"] / SECONDS,
        "mbit": bulk.summary["bytes"] * 8 / 1e6 / SECONDS,
    }
