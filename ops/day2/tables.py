"""How tests, latencies, ports and costs are shown."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from ops.day2 import latency
from ops.day2.checks import Tested
from ops.day2.cost import Cost
from ops.day2.ports import Judgement, Port
from ops.day2.status import STYLES
from ops.day2.words import ms
from ops.doctor.finding import Finding, Level


def plain_table(*columns: str) -> Table:
    """A table without lines; what is too wide goes on in the next line."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def tests(found: Tested) -> Group:
    """Every check in its line, then the warnings."""
    table = plain_table("service", "from", "asked", "", "took", "")
    for check in found.checks:
        verdict = Text(check.verdict, style=STYLES[check.verdict])
        # What a canary says may look like rich's markup.
        what, told = Text(check.what), Text(check.told)
        table.add_row(check.service, check.place, what, verdict, ms(check.ms), told)
    warnings = [Text(f"warning: {words}", style="yellow") for words in found.warnings]
    return Group(table, *warnings)


def tests_json(found: Tested) -> dict[str, Any]:
    """What `bin/ops test --json` prints; times in ms."""
    return {
        "checks": [
            {
                "service": check.service,
                "from": check.place,
                "asked": check.what,
                "verdict": check.verdict,
                "told": check.told,
                "ms": None if check.ms is None else round(check.ms, 2),
            }
            for check in found.checks
        ],
        "warnings": list(found.warnings),
    }


def latencies(found: Mapping[str, Sequence[latency.Span]]) -> Group:
    """Each service's spans, the guide's table, and what to do."""
    parts: list[RenderableType] = []
    for service, spans in found.items():
        table = plain_table(service, "p50", "p99", "")
        for one in spans:
            note = "by difference" if one.derived else f"{one.samples} samples"
            if one.name == "VPS to WSL host" and latency.distance(spans):
                note += f"; {latency.distance(spans)}"
            table.add_row(one.name, ms(one.p50), ms(one.p99), note)
        parts += [
            table,
            *(Text(words, style="yellow") for words in latency.advice(spans)),
            Text(""),
        ]
    expected = ", ".join(
        f"{name} {least:.0f} to {most:.0f} ms" for name, least, most in latency.EXPECTED
    )
    parts.append(Text(f"The guide expects of the VPS: {expected}.", style="dim"))
    return Group(*parts)


def latencies_json(found: Mapping[str, Sequence[latency.Span]]) -> dict[str, Any]:
    """What `bin/ops latency --json` prints; times in ms."""
    return {
        "expectedMs": {name: [least, most] for name, least, most in latency.EXPECTED},
        "services": [
            {
                "service": service,
                "distance": latency.distance(spans) or None,
                "advice": latency.advice(spans),
                "spans": [
                    {
                        "span": one.name,
                        "p50Ms": None if one.p50 is None else round(one.p50, 2),
                        "p99Ms": None if one.p99 is None else round(one.p99, 2),
                        "samples": one.samples,
                        "derived": one.derived,
                    }
                    for one in spans
                ],
            }
            for service, spans in found.items()
        ],
    }


JUDGED: dict[Judgement, str] = {
    "expected": "green",
    "private": "dim",
    "unexpected": "bold red",
    "missing": "bold red",
}


def ports(found: Sequence[Port]) -> Table:
    """Every port in its line."""
    table = plain_table("host", "port", "address", "program", "", "")
    for one in found:
        judged = Text(one.judgement, style=JUDGED[one.judgement])
        number = f"{one.port}/{one.protocol}"
        table.add_row(one.host, number, one.address or "-", one.program, judged, one.purpose)
    return table


def costs(found: Sequence[Cost]) -> Group:
    """Every cost in its line."""
    table = plain_table("a month", "", "says")
    for one in found:
        amount = "not known" if one.amount is None else f"{one.amount:.2f} {one.currency}"
        table.add_row(one.item, amount, one.source)
    return Group(
        table, Text("Without tax and what lies above the VPS's free traffic.", style="dim")
    )


LEVELS: dict[Level, str] = {
    "ok": "green",
    "warning": "yellow",
    "broken": "bold red",
    "unknown": "yellow",
}


def findings(found: Sequence[Finding]) -> Table:
    """Every finding in its line, its remedy below it."""
    table = plain_table("", "checked", "seen, and what to do")
    for one in found:
        told = Text(one.evidence)
        if one.remedy:
            told.append(f"\n-> {one.remedy}", style="bold")
        table.add_row(Text(one.level, style=LEVELS[one.level]), one.check, told)
    return table
