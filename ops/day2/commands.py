"""The command lines of day 2; what they do is in the modules beside this one.

Those are imported where they are needed: `bin/ops ssh` must not wait for them.
"""

import json
import sys
import time
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.live import Live

from ops.exits import status_of

StackOption = Annotated[
    str | None, typer.Option("--stack", "-s", help="Which stack; the selected one unless told.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="For programs.")]


def _print(found: Any) -> None:
    print(json.dumps(found, indent=2))


def console() -> Console:
    """Standard output; a pipe has no width, and 80 columns would cut names."""
    return Console(width=None if sys.stdout.isatty() else 120, highlight=False)


def status(
    stack: StackOption = None,
    as_json: JsonOption = False,  # noqa: FBT002 - a flag
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Until Ctrl-C.")] = False,  # noqa: FBT002
    every: Annotated[float, typer.Option(min=1, help="Seconds between two looks.")] = 5.0,
) -> None:
    """Look at every hop of every service's path, and name the broken one.

    Exit status: 0 all is well, 3 something is broken, 4 not everything could be seen, 1 it could
    not look at all.
    """
    from ops.day2 import looking
    from ops.day2 import status as view

    subject = looking.find_subject(stack)
    facts, paths = looking.look(subject)
    if as_json:
        _print(view.as_json(facts, paths))
    elif not watch:
        console().print(view.screen(facts, paths))
    else:
        with Live(view.screen(facts, paths), console=console(), screen=True) as live:
            while True:
                time.sleep(every)
                live.update(view.screen(*looking.look(subject)), refresh=True)
    raise typer.Exit(status_of(path.verdict for path in paths))


def register(app: typer.Typer) -> None:
    """Add the commands of day 2."""
    for command in (status,):
        app.command()(command)
