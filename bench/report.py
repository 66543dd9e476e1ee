"""The table: each row's figure, bar and goal, and whether they are met; as text, Markdown, JSON."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.figures import figures_of, lapses, later_tries
from bench.rows import LAPSES, LATER, ROWS, fault_of, rows_of
from bench.verdict import meets
from lab.results import hand_over

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from bench.rows import Row
    from bench.samples import Samples
    from bench.statistics import Figure

HEAD = ("what", "figure", "min / median / max", "n", "spread", "plain", "bar", "goal", "met")


@dataclass(frozen=True, kw_only=True)
class Line:
    """A row with what was found: a figure, or the words of why there is none."""

    row: Row
    figure: Figure | None = None
    error: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the bar is met; False without a figure, None without a bar."""
        if self.figure is None:
            return False
        return meets(self.row, self.figure, self.row.bar)

    @property
    def goal_met(self) -> bool | None:
        """The same for the goal."""
        if self.figure is None:
            return None if self.row.goal is None else False
        return meets(self.row, self.figure, self.row.goal)


def lines(works: Sequence[str], samples: Samples) -> list[Line]:
    """The rows of these works, in the list's order, and what is said of all recoveries."""
    found: dict[str, Line] = {}
    for work in works:
        taken = samples.of(work)
        try:
            figures, error = figures_of(work, taken), "not measured"
        except (ValueError, KeyError) as reason:
            figures, error = {}, str(reason) or "not measured"
        for row in rows_of(work):
            figure = figures.get(row.key)
            failed = sum("error" in sample for sample in taken)
            words = "" if figure is not None and not failed else _words(failed, taken, error)
            found[row.name] = Line(row=row, figure=figure, error=words)
    return [found[row.name] for row in ROWS if row.name in found] + _all_recoveries(works, samples)


def _all_recoveries(works: Iterable[str], samples: Samples) -> list[Line]:
    """Whether a recovery lasts, and takes no longer the second time (of runs with several)."""
    recoveries = [samples.of(work) for work in works if fault_of(work)]
    later = later_tries(recoveries) if len(recoveries) > 1 else None
    found = ((LAPSES, lapses(recoveries)), (LATER, later))
    return [Line(row=row, figure=figure) for row, figure in found if figure]


def _words(failed: int, taken: Sequence[dict[str, str]], error: str) -> str:
    if not failed:
        return error
    first = next(sample["error"] for sample in taken if "error" in sample)
    return f"{failed} of {len(taken)} failed: {first.splitlines()[0][:100]}"


def cells(line: Line) -> tuple[str, ...]:
    """A line of the table, as words, one for each of HEAD."""
    row, figure = line.row, line.figure
    demands = (_number(row, row.bar), _number(row, row.goal))
    if figure is None:
        return (row.name, "failed", line.error, "", "", "", *demands, "no")
    met = {True: "yes", False: "NO", None: "-"}[line.met]
    if line.met is not False and line.goal_met is not None:
        met += ", goal" if line.goal_met else ", goal not"
    return (
        row.name,
        _number(row, figure.value) + (f" {row.unit}" if row.unit else ""),
        " / ".join(_number(row, value) for value in (figure.least, figure.middle, figure.greatest)),
        str(figure.n),
        _number(row, figure.spread),
        _number(row, figure.plain),
        *demands,
        met + (f" ({line.error})" if line.error else ""),
    )


def _number(row: Row, value: float | None) -> str:
    if value is None:
        return ""
    return "never" if math.isinf(value) else f"{value:.{row.digits}f}"


def as_text(found: Sequence[Line]) -> str:
    """The table for a terminal."""
    table = [HEAD, *map(cells, found)]
    widths = [max(len(row[number]) for row in table) for number in range(len(HEAD))]
    widths[2] = min(widths[2], 40)
    return "\n".join(
        "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    )


def as_markdown(found: Sequence[Line]) -> str:
    """The table for a document."""
    rows = [HEAD, ("---",) * len(HEAD), *map(cells, found)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def write_json(found: Sequence[Line], file: Path) -> None:
    """A list of `{name, figure, unit, bar, goal, met}`; figure is null where there is none."""
    file.parent.mkdir(parents=True, exist_ok=True)
    listed = [
        {
            "name": line.row.name,
            "figure": _plain_number(line.figure),
            "unit": line.row.unit,
            "bar": line.row.bar,
            "goal": line.row.goal,
            "met": line.met,
        }
        for line in found
    ]
    file.write_text(json.dumps(listed, indent=1) + "\n")
    hand_over(file)


def _plain_number(figure: Figure | None) -> float | None:
    if figure is None or math.isinf(figure.value):
        return None
    return round(figure.value, 4)
