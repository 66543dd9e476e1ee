"""The commands that read logs, restart and reckon.

Modules are imported where they are needed: `bin/ops ssh` must not wait for them.
"""

import json
import sys
from contextlib import suppress
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from ops.day2.options import JsonOption, StackOption, console, print_json


class LogSource(StrEnum):
    """What `bin/ops logs` can be asked for."""

    all = "all"
    vps = "vps"
    tunnel = "tunnel"
    nginx = "nginx"
    service = "service"


class RestartPart(StrEnum):
    """What `bin/ops restart` can restart."""

    tunnel = "tunnel"
    nginx = "nginx"


def logs(  # noqa: PLR0917 - Typer calls it by keyword
    source: Annotated[
        LogSource, typer.Argument(help="vps, tunnel, nginx or service; all of these unless told.")
    ] = LogSource.all,
    stack: StackOption = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Until Ctrl-C.")] = False,  # noqa: FBT002 - a flag
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, max=10000)] = 100,
    as_json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,  # noqa: FBT002 - a flag
    streams: Annotated[bool, typer.Option("--streams", help="Ended WebSockets alone.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Read the logs of both hosts as one, in the order of their times."""
    from ops.day2 import logs as reader
    from ops.day2 import looking
    from ops.day2 import streams as ended

    subject = looking.find_subject(stack)
    wanted: reader.Source = "streams" if streams else source.value
    asked = reader.requests_for(subject.operations, wanted, lines=lines, follow=follow)
    with suppress(KeyboardInterrupt), reader.reading(subject, asked) as coming:
        if streams:
            if subject.operations.balancer_port is None:
                print(ended.ONE_SIDED, file=sys.stderr)
            unit = subject.operations.unit
            for one in ended.told(coming, asked, unit=unit, last=lines, follow=follow):
                if isinstance(one, reader.Line):
                    print(reader.shown(one), file=sys.stderr)
                else:
                    print(json.dumps(asdict(one)) if as_json else ended.shown(one), flush=True)
            return
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
        print_json({"restarted": part.value, "seconds": round(seconds, 2)})
    else:
        print(f"{part.value} was restarted; every service answered after {seconds:.1f} s")


def cost(stack: StackOption = None, as_json: JsonOption = False) -> None:  # noqa: FBT002 - a flag
    """Tell what the stack costs a month."""
    from ops.day2 import tables
    from ops.day2.cost import costs
    from ops.stack import read_outputs

    found = costs(read_outputs(stack))
    if as_json:
        print_json([asdict(one) for one in found])
    else:
        console().print(tables.costs(found))
