"""bin/bench: what it can be told."""

from __future__ import annotations

import sys
import time
from typing import Annotated

import typer

from bench import bed as beds
from bench.report import as_markdown, as_text, lines, write_json
from bench.rows import ROWS, works
from bench.samples import Samples
from bench.works import Effort, run_works
from lab import lifecycle
from lab.paths import checkout_dir

FAILED, MISUSED = 1, 2


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


def bench(
    lab: Annotated[
        str, typer.Option(envvar="VPS_BENCH_LAB", help="The first bed's lab.")
    ] = "bench",
    only: Annotated[
        list[str] | None, typer.Option(help="Only this row or work; repeat it.")
    ] = None,
    n: Annotated[int | None, typer.Option(min=1, help="How many tries or rounds.")] = None,
    image: Annotated[str, typer.Option(help="The VPS's system.")] = "debian-12",
    markdown: Annotated[bool, typer.Option("--markdown", help="The table for a document.")] = False,  # noqa: FBT002 - a flag
    report: Annotated[
        bool, typer.Option("--report", help="Only the table, from what is there.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the labs up.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Measure the tunnel in labs of its own; the table of bars and goals."""
    build = checkout_dir() / "build"
    samples = Samples(build / "bench")
    try:
        wanted = chosen(only) if only else list(works())
    except ValueError as error:
        print(f"bin/bench: {error}", file=sys.stderr)
        raise typer.Exit(MISUSED) from None
    if not report:
        for work in wanted:
            samples.drop(work)
        try:
            bed = beds.make(lab, image, say)
            run_works(bed, wanted, samples, Effort(n=n), say)
        finally:
            if not keep:
                lifecycle.down(lab)
    found = lines(wanted, samples)
    print(as_markdown(found) if markdown else as_text(found))
    write_json(found, build / "bench.json")


def main() -> None:
    """Run the command line."""
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    app.command()(bench)
    app(prog_name="bin/bench")
