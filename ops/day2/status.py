"""`bin/ops status`: one screen, or JSON."""

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ops.day2.words import clock, ms, since
from ops.health.facts import Facts
from ops.health.judging import ORDER
from ops.health.model import Hop, Path, Verdict

STYLES: dict[Verdict, str] = {"ok": "green", "broken": "bold red", "unknown": "yellow"}
WORST: tuple[Verdict, ...] = ("broken", "unknown", "ok")


def as_json(facts: Facts, paths: Sequence[Path]) -> dict[str, Any]:
    """What `--json` prints; times in seconds since 1970, latencies in ms."""
    return {
        "stack": facts.operations.owner,
        "at": round(facts.now, 3),
        "verdict": overall(paths),
        "services": [
            {
                "service": path.service,
                "hostname": path.hostname,
                "verdict": path.verdict,
                "serves": path.serves,
                "roundTripMs": _rounded(path.round_trip_ms),
                "since": _rounded(path.since),
                "blamed": path.blamed.name if path.blamed else None,
                "cause": path.blamed.cause if path.blamed else None,
                "hops": [_hop(hop) for hop in path.hops],
            }
            for path in paths
        ],
    }


def overall(paths: Sequence[Path]) -> Verdict:
    """The worst of all paths."""
    verdicts = {path.verdict for path in paths}
    return next((verdict for verdict in WORST if verdict in verdicts), "unknown")


def _hop(hop: Hop) -> dict[str, Any]:
    return {
        "hop": hop.name,
        "verdict": hop.verdict,
        "cause": hop.cause or None,
        "latencyMs": _rounded(hop.latency_ms),
        "since": _rounded(hop.since),
        "evidence": hop.evidence,
        "remedy": hop.remedy or None,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def screen(facts: Facts, paths: Sequence[Path]) -> Group:
    """What a terminal shows: the services, the hops, and what is wrong with its remedy."""
    title = Text(f"{facts.operations.owner}, {clock(facts.now)}", style="bold")
    parts: list[RenderableType] = [title, Text(""), _services(facts, paths), Text("")]
    parts.append(_hops(facts, paths))
    wrong = problems(paths)
    if wrong:
        parts.append(Text(""))
    for hop, services in wrong:
        parts.append(Text(f"{hop.name}: {hop.evidence}  ({', '.join(services)})", style="bold red"))
        if hop.remedy:
            parts.append(Text(f"  {hop.remedy}"))
    if facts.zone_trouble:
        parts.append(Text(f"Cloudflare was not asked: {facts.zone_trouble}", style="dim"))
    return Group(*parts)


def problems(paths: Sequence[Path]) -> list[tuple[Hop, list[str]]]:
    """Every broken hop once, with the services whose path it is on; the causes first."""
    found: dict[tuple[str, str, str], tuple[Hop, list[str]]] = {}
    blamed = [path.blamed for path in paths if path.blamed]
    for path in paths:
        for hop in path.hops:
            if hop.verdict == "broken":
                key = (hop.name, hop.cause, hop.evidence)
                found.setdefault(key, (hop, []))[1].append(path.service)
    return sorted(found.values(), key=lambda one: one[0] not in blamed)


def _services(facts: Facts, paths: Sequence[Path]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    for path in paths:
        told = {True: "serves", False: "does not serve", None: "cannot be seen from here"}
        table.add_row(
            Text(path.service, style="bold"),
            path.hostname,
            Text(told[path.serves], style=STYLES[path.verdict]),
            f"{ms(path.round_trip_ms)} there and back" if path.round_trip_ms else "",
            since(path.since, facts.now),
        )
    return table


def _hops(facts: Facts, paths: Sequence[Path]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("hop", *(path.service for path in paths)):
        table.add_column(name, no_wrap=True)
    table.add_column("latency", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("seen", overflow="fold")
    for name in ORDER:
        row = [hop for path in paths for hop in path.hops if hop.name == name]
        if not row:
            continue
        shown = next(hop for verdict in WORST for hop in row if hop.verdict == verdict)
        latencies = [hop.latency_ms for hop in row if hop.latency_ms is not None]
        table.add_row(
            name,
            *(Text(hop.verdict, style=STYLES[hop.verdict]) for hop in row),
            ms(min(latencies)) if latencies else "",
            since(shown.since, facts.now),
            Text(shown.evidence),
        )
    return table
