"""bin/bench: what it can be told."""

from __future__ import annotations

import sys
import time
from typing import Annotated

import typer

from bench import quick as quickly
from bench.bed import BedError
from bench.loader import LoadError
from bench.report import as_markdown, as_text, lines, write_json
from bench.rows import ROWS, works
from bench.samples import Samples
from bench.schedule import Run
from bench.works import Effort
from lab.errors import EXPECTED
from lab.paths import lab_dir
from lab.results import results_dir

FAILED, MISUSED = 1, 2
FULL_SECONDS = 51 * 60  # no further try begins then; the last ones and the labs need the rest
QUICK_SECONDS = 4 * 60
BEDS = 6  # with Debian 12; each other image has one more
_EXPECTED: tuple[type[Exception], ...] = (BedError, LoadError, *EXPECTED)


def chosen(names: list[str]) -> list[str]:
    """The works that names of rows or works stand for. Raises ValueError for an unknown one."""
    by_row = {row.name: row.work for row in ROWS}
    unknown = [name for name in names if name not in by_row and name not in works()]
    if unknown:
        raise ValueError(f"there is no row {unknown[0]!r}; works are: {', '.join(works())}")
    return list(dict.fromkeys(by_row.get(name, name) for name in names))


def say(line: str) -> None:
    """A line of progress, with the time."""
    print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)


def bench(  # noqa: PLR0917 - Typer calls it by keyword
    lab: Annotated[
        str, typer.Option(envvar="VPS_BENCH_LAB", help="The first bed's lab; others add a digit.")
    ] = "bench",
    only: Annotated[
        list[str] | None, typer.Option(help="Only this row or work; may be repeated.")
    ] = None,
    n: Annotated[int | None, typer.Option(min=1, help="How many tries or rounds.")] = None,
    beds: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="How many labs with Debian 12 at once for the faults: 6, or 1 with --only or"
            " --quick; one more has Debian 13.",
        ),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A look; under 5 minutes.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Only what is missing.")] = False,
    report: Annotated[
        bool, typer.Option("--report", help="Only the table of what is there.")
    ] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="As a document has it.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the labs up.")] = False,
) -> None:
    """Measure the tunnel in labs of its own; print each figure with its bar and its goal.

    Raw samples stay in build/bench/, the table's content in build/bench.json; those of --quick
    apart, in build/bench-quick/ and build/bench-quick.json. Exit status 1 when a row has no figure.
    """
    try:
        lab_dir(lab)
        wanted = chosen(only or list(quickly.WORKS if quick else works()))
    except ValueError as error:
        print(f"bin/bench: {error}", file=sys.stderr)
        raise typer.Exit(MISUSED) from None
    # A look must not take the place of what a full run has measured.
    name = "bench-quick" if quick else "bench"
    build = results_dir()
    samples = Samples(build / name)
    if not report:
        if not resume:
            for work in wanted:
                samples.drop(work)
        deadline = time.monotonic() + (QUICK_SECONDS if quick else FULL_SECONDS)
        run = Run(lab, samples, Effort(n=n, quick=quick, deadline=deadline), say)
        try:
            run.do(wanted, beds_at_once=beds or (1 if quick or only else BEDS))
        finally:
            if not keep:
                run.down()
    found = lines(wanted, samples)
    print(as_markdown(found) if markdown else as_text(found))
    write_json(found, build / f"{name}.json")
    worse = quickly.gross(found) if quick else []
    for words in worse:
        print(f"far worse than it should be: {words}", file=sys.stderr)
    missing = [line.row.name for line in found if line.figure is None]
    if missing:
        print(f"no figure: {', '.join(missing)}", file=sys.stderr)
    if worse or missing:
        raise typer.Exit(FAILED)


def main() -> None:
    """Run the command line; an expected failure is one message on standard error, status 1."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(bench)
    try:
        app(prog_name="bin/bench")
    except _EXPECTED as error:
        print(f"bin/bench: {error}", file=sys.stderr)
        sys.exit(FAILED)
