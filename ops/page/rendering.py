"""Renders the page from what was seen; it holds no script and asks nobody for anything."""

from collections.abc import Mapping, Sequence
from pathlib import Path as FilePath
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ops.day2.cost import costs
from ops.day2.status import overall, problems
from ops.day2.words import clock, ms, since
from ops.errors import OpsError
from ops.health.facts import Facts, Seen
from ops.health.model import Path
from ops.health.requests import watcher_state
from ops.page.day import day_of
from ops.page.diagram import draw, lanes, merged

_TEMPLATES = Environment(
    loader=FileSystemLoader(FilePath(__file__).with_name("templates")),
    undefined=StrictUndefined,
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
NOTHING = "\N{EN DASH}"
"""Where nobody knows a figure."""
HEADLINES = {
    "ok": "Everything works",
    "broken": "Something is broken",
    "unknown": "Not everything can be seen",
}


def page(facts: Facts, paths: Sequence[Path], outputs: Mapping[str, Any]) -> str:
    """The page as HTML; it holds no secret of the outputs."""
    verdict = overall(paths)
    return _TEMPLATES.get_template("status.html.j2").render(
        owner=facts.operations.owner,
        at=clock(facts.now),
        verdict=verdict,
        headline=HEADLINES[verdict],
        diagram=draw(facts, paths),
        services=[_service(facts, path) for path in paths],
        problems=[
            {
                "hop": hop.name,
                "evidence": hop.evidence,
                "remedy": hop.remedy,
                "services": ", ".join(services),
                "since": since(hop.since, facts.now),
            }
            for hop, services in problems(paths)
        ],
        cards=cards(facts, paths, outputs),
        hops=[
            {"name": hop.name, "state": hop.verdict, "evidence": hop.evidence,
             "since": since(hop.since, facts.now), "ms": ms(hop.latency_ms)}
            for hop in (merged(paths, name) for name in _names(paths))
            if hop is not None
        ],
    )  # fmt: skip


def write_page(file: FilePath, text: str) -> None:
    """Put it in its place in one piece, so that a browser never sees half of it.

    Raises:
        OpsError: It cannot be written.
    """
    if file.is_dir():
        raise OpsError(f"--html {file} is a folder: name a file, say {file / 'status.html'}")
    new = file.with_name(f".{file.name}.new")
    try:
        new.write_text(text, encoding="utf-8")
        new.replace(file)
    except OSError as error:
        raise OpsError(f"--html {file} cannot be written: {error.strerror}") from None


def _names(paths: Sequence[Path]) -> list[Any]:
    return [hop.name for hop in paths[0].hops] if paths else []


def _service(facts: Facts, path: Path) -> dict[str, Any]:
    history = facts.vps.facts.history if isinstance(facts.vps, Seen) else {}
    day = day_of(history.get(path.service, ()), facts.now)
    told = {True: "serves", False: "does not serve", None: "cannot be seen"}
    return {
        "name": path.service,
        "hostname": path.hostname,
        "state": path.verdict,
        "told": told[path.serves],
        "round_trip": ms(path.round_trip_ms),
        "bars": day.bars,
        "share": "" if day.share is None else f"{day.share:.2%}",
        "p50": ms(day.p50_ms),
    }


def cards(
    facts: Facts, paths: Sequence[Path], outputs: Mapping[str, Any]
) -> list[tuple[str, str, str]]:
    """The figures at a glance: title, figure, and what it is of."""
    server = costs(outputs)[0]
    price = NOTHING if server.amount is None else f"{server.amount:.2f} {server.currency}"
    trips = [path.round_trip_ms for path in paths if path.round_trip_ms is not None]
    ends = [
        visit.health.certificate_end
        for visit in facts.visits.values()
        if visit.health is not None and visit.health.certificate_end
    ]
    connections = lanes(facts)
    up = f"{connections.count('ok')} of {len(connections)}" if connections else NOTHING
    return [
        ("open connections", streams(facts), "at the VPS's nginx"),
        ("there and back", ms(min(trips)) if trips else NOTHING, "visitor to service"),
        ("tunnel", up, "connections up"),
        ("certificate", f"{(min(ends) - facts.now) / 86400:.0f} d" if ends else NOTHING, "left"),
        ("cost", price, "a month, the VPS"),
    ]


def streams(facts: Facts) -> str:
    """Open connections of nginx on the VPS, as the watcher counts them; else a dash."""
    if not isinstance(facts.vps, Seen):
        return NOTHING
    told = facts.vps.facts.states.get(watcher_state(facts.operations))
    nginx = told.get("nginx") if isinstance(told, dict) else None
    return str(nginx["active"]) if isinstance(nginx, dict) and "active" in nginx else NOTHING
