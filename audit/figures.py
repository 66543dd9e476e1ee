"""What an auditor found, as one line with its bar; the raw reports beside it."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.table import Table

from lab.results import hand_over, results_dir

BUILD = results_dir()


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured line.

    Attributes:
        name: Which auditor, of what.
        figure: What it found: a number, or words where there is no number.
        unit: What the number counts.
        bar: What was asked for, in words.
        met: Whether the figure meets it.
    """

    name: str
    figure: float | str
    unit: str
    bar: str
    met: bool


def at_most(name: str, figure: float, unit: str, bar: float) -> Figure:
    """A figure that is better the smaller it is."""
    return Figure(name=name, figure=figure, unit=unit, bar=f"{bar:g} or less", met=figure <= bar)


def keep(name: str, text: str) -> Path:
    """Write an auditor's own words to build/audit/NAME; returns the file."""
    path = BUILD / "audit" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    hand_over(path)
    return path


def write(figures: Sequence[Figure]) -> Path:
    """Write build/audit.json; returns the file."""
    path = BUILD / "audit.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(one) for one in figures], indent=2) + "\n", encoding="utf-8")
    hand_over(path)
    return path


def table(figures: Sequence[Figure]) -> Table:
    """The lines for a person."""
    shown = Table("auditor", "figure", "bar", "met", box=None, pad_edge=False)
    for one in figures:
        met = "[green]yes[/green]" if one.met else "[bold red]no[/bold red]"
        shown.add_row(one.name, f"{one.figure} {one.unit}".strip(), one.bar, met)
    return shown
