"""The canary's last day, from the file that the watcher on the VPS writes.

Standard library alone.
"""

import json
from pathlib import Path
from typing import Any

BUCKET = 900.0  # seconds
DAY = 86400.0


def buckets(path: str, now: float) -> dict[str, list[dict[str, Any]]]:
    """Per service, quarters of an hour: start, visits that succeeded and failed, median ms."""
    found: dict[str, dict[int, dict[str, Any]]] = {}
    times: dict[tuple[str, int], list[float]] = {}
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        try:
            visit = json.loads(line)
            when, service, good = float(visit["t"]), str(visit["service"]), bool(visit["ok"])
            took = float(visit.get("ms") or 0)
        except (ValueError, KeyError, TypeError):
            continue  # a line that is being written
        if not now - DAY < when <= now:
            continue
        # Counted back from now, so that the last one is whole.
        place = int((now - when) // BUCKET)
        start = now - (place + 1) * BUCKET
        empty = {"start": start, "ok": 0, "failed": 0, "ms": None}
        bucket = found.setdefault(service, {}).setdefault(place, empty)
        bucket["ok" if good else "failed"] += 1
        if good:
            times.setdefault((service, place), []).append(took)
    for (service, place), taken in times.items():
        found[service][place]["ms"] = sorted(taken)[len(taken) // 2]
    return {
        service: [places[place] for place in sorted(places, reverse=True)]
        for service, places in found.items()
    }
