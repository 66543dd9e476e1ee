"""The command lines of day 2; what they do is in the modules beside this one.

Those are imported where they are needed: `bin/ops ssh` must not wait for them.
"""

import json
import sys
import time
from contextlib import suppress
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.live import Live

from ops.exits import BROKEN, UNKNOWN, status_of


class LogSource(StrEnum):
    """Whose logs."""

    all = "all"
    vps = "vps"
    tunnel = "tunnel"
    nginx = "nginx"
    service = "service"


class RestartPart(StrEnum):
    """What can be restarted."""

    tunnel = "tunnel"
    nginx = "nginx"


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


def run_tests(
    stack: StackOption = None,
    as_json: JsonOption = False,  # noqa: FBT002 - a flag
    listen: Annotated[
        float,
        typer.Option(min=0, max=110, help="Seconds to listen for a service's own pings; 0: not."),
    ] = 31.0,
) -> None:
    """Ask every service from the internet, from the VPS and on this machine; HTTP and WebSocket.

    Behind Cloudflare it also listens whether a service pings, for an idle stream is cut there.
    """
    from ops.day2 import looking, tables, testing

    found = testing.run_tests(looking.find_subject(stack), listen=listen)
    if as_json:
        _print(tables.tests_json(found))
    else:
        console().print(tables.tests(found))
    raise typer.Exit(status_of(check.verdict for check in found.checks))


def latency(
    stack: StackOption = None,
    as_json: JsonOption = False,  # noqa: FBT002 - a flag
    samples: Annotated[int, typer.Option("--samples", "-n", min=2, max=200)] = 20,
) -> None:
    """Measure what each part of the way adds, beside what the guide expects."""
    from ops.day2 import latency as measuring
    from ops.day2 import looking, tables

    found = measuring.measure(looking.find_subject(stack), samples=samples)
    if as_json:
        _print(tables.latencies_json(found))
    else:
        console().print(tables.latencies(found))


def ports(stack: StackOption = None, as_json: JsonOption = False) -> None:  # noqa: FBT002 - a flag
    """List what listens on both hosts, and whether it should.

    Exit status 3 when something listens to the outside that should not, or does not that should.
    """
    from ops.day2 import looking, tables
    from ops.day2.ports import judge_ports

    facts, _ = looking.look(looking.find_subject(stack))
    found = judge_ports(facts)
    if as_json:
        _print([asdict(one) for one in found])
    else:
        console().print(tables.ports(found))
    wrong = any(one.judgement in {"unexpected", "missing"} for one in found)
    hosts = {one.host for one in found}
    raise typer.Exit(BROKEN if wrong else 0 if len(hosts) == len(("VPS", "WSL host")) else UNKNOWN)


def logs(
    source: Annotated[
        LogSource, typer.Argument(help="vps, tunnel, nginx or service; all of these unless told.")
    ] = LogSource.all,
    stack: StackOption = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Until Ctrl-C.")] = False,  # noqa: FBT002
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, max=10000)] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,  # noqa: FBT002
) -> None:
    """Read the logs of both hosts as one, in the order of their times."""
    from ops.day2 import logs as reader
    from ops.day2 import looking

    subject = looking.find_subject(stack)
    asked = reader.requests_for(subject.operations, source.value, lines=lines, follow=follow)
    with suppress(KeyboardInterrupt), reader.reading(subject, asked) as coming:
        found = (
            reader.followed(coming, len(asked))
            if follow
            else reader.ordered(coming, len(asked), last=lines)
        )
        for line in found:
            print(json.dumps(asdict(line)) if as_json else reader.shown(line), flush=True)


def restart(
    part: Annotated[RestartPart, typer.Argument(help="tunnel, or nginx on the VPS.")],
    stack: StackOption = None,
    as_json: JsonOption = False,  # noqa: FBT002 - a flag
) -> None:
    """Restart a part, and wait until bytes flow again. Open streams of that part end."""
    from ops.day2 import looking, restarting

    seconds = restarting.restart(looking.find_subject(stack), part.value)
    if as_json:
        _print({"restarted": part.value, "seconds": round(seconds, 2)})
    else:
        print(f"{part.value} was restarted; every service answered after {seconds:.1f} s")


def cost(stack: StackOption = None, as_json: JsonOption = False) -> None:  # noqa: FBT002 - a flag
    """Tell what the stack costs a month."""
    from ops.day2 import tables
    from ops.day2.cost import costs
    from ops.stack import read_outputs

    found = costs(read_outputs(stack))
    if as_json:
        _print([asdict(one) for one in found])
    else:
        console().print(tables.costs(found))


def register(app: typer.Typer) -> None:
    """Add the commands of day 2."""
    for command in (status, latency, logs, ports, restart, cost):
        app.command()(command)
    app.command("test")(run_tests)
