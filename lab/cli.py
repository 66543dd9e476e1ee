"""bin/lab: bring the small internet up and down, look inside, change its lines."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from lab import lifecycle, links, own, pulumi, wsl
from lab.errors import EXPECTED
from lab.faults import running
from lab.interactive import exec_interactive
from lab.line import LinkError
from lab.status import status as lab_status

NOT_UP = 3
PASS_THROUGH = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}

app = typer.Typer(
    help="The lab: a small internet on this machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _common(
    context: typer.Context,
    lab: Annotated[
        str, typer.Option(envvar="VPS_LAB", help="Which lab; two can be up at once.")
    ] = "rehearsal",
) -> None:
    context.obj = lab


@app.command()
def up(
    context: typer.Context,
    distribution: Annotated[
        str | None, typer.Option(help=f"What your own machines run: {', '.join(own.CHOICES)}.")
    ] = None,
) -> None:
    """Bring the lab up; quick when it is."""
    lifecycle.up(context.obj, lambda line: print(line, file=sys.stderr), image=distribution)


@app.command()
def down(context: typer.Context) -> None:
    """Remove the lab and everything of it."""
    lifecycle.down(context.obj)


@app.command()
def status(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """List the lab's hosts. Exit status 3 when the lab is not up."""
    found = lab_status(context.obj)
    if as_json:
        print(json.dumps(found, indent=2))
    elif found["up"]:
        for host in found["hosts"]:
            print(f"{host['name']:20} {host['role']:8} {host['address'] or '-':16} {host['state']}")
    else:
        print(f"lab {context.obj} is not up: run bin/lab --lab {context.obj} up", file=sys.stderr)
    raise typer.Exit(0 if found["up"] else NOT_UP)


@app.command("exec", context_settings=PASS_THROUGH)
def execute(context: typer.Context, host: str) -> None:
    """Run a command as root on a host: bin/lab exec HOST -- CMD..."""
    command = _after_separator(context.args)
    raise typer.Exit(exec_interactive(context.obj, host, command or ["bash", "--login"]))


@app.command("pulumi", context_settings=PASS_THROUGH)
def run_pulumi(context: typer.Context) -> None:
    """Run pulumi on the WSL host, in a fresh copy of this checkout, on stack dev."""
    if not lifecycle.is_up(context.obj):
        raise lifecycle.LabError(
            f"lab {context.obj} is not up: run bin/lab --lab {context.obj} up, or bin/rehearse"
        )
    wsl.sync_program(context.obj)
    raise typer.Exit(pulumi.pulumi_interactive(context.obj, _after_separator(context.args)))


@app.command()
def link(  # noqa: PLR0917 - Typer calls it by keyword
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="home (the WSL host's line) or client.")],
    delay_ms: Annotated[float | None, typer.Option(help="One way.")] = None,
    jitter_ms: Annotated[float | None, typer.Option(help="Around the delay.")] = None,
    loss: Annotated[float | None, typer.Option(help="Share of packets, 0 to 1.")] = None,
    rate_mbit: Annotated[float | None, typer.Option(help="0: no limit.")] = None,
    queue_packets: Annotated[int | None, typer.Option(help="0: no limit.")] = None,
    queue_bytes: Annotated[int | None, typer.Option(help="0: no limit.")] = None,
    down: Annotated[bool | None, typer.Option("--down/--up", help="Pull the cable.")] = None,
    direction: Annotated[int | None, typer.Option(help="0: outwards, 1: inwards.")] = None,
) -> None:
    """Change a line while traffic flows (what is not named stays), and show it."""
    if name not in links.NAMES:
        raise LinkError(f"no line {name!r}: use {' or '.join(links.NAMES)}")
    lines = links.set_link(
        context.obj,
        name,
        delay_ms=delay_ms,
        jitter_ms=jitter_ms,
        loss=loss,
        rate_mbit=rate_mbit,
        queue_packets=queue_packets,
        queue_bytes=queue_bytes,
        down=down,
        direction=direction,
    )
    for label, line, count in zip(
        ("outwards", "inwards"), lines, links.counters(context.obj, name), strict=True
    ):
        print(f"{label:8} {line}\n{'':8} {count}")


@app.command()
def faults(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(help="Faults, by a part of their names; all unless told.")
    ] = None,
) -> None:
    """Break one thing at a time, and see whether bin/ops names it. Writes build/faults.json.

    Stack dev is brought to the checkout's own provider and mode first. Exit status 1 when a fault
    was not named rightly.
    """
    wanted = running.chosen(names or [])
    ground = running.prepare(context.obj, lambda line: print(line, file=sys.stderr))
    right = running.run(ground, wanted, lambda line: print(line, flush=True))
    raise typer.Exit(0 if right else 1)


def _after_separator(words: list[str]) -> list[str]:
    return words[1:] if words[:1] == ["--"] else words


def main() -> None:
    """Run the command line; an expected failure is one message on standard error, status 1."""
    try:
        app(prog_name="bin/lab")
    except EXPECTED as error:
        print(f"bin/lab: {error}", file=sys.stderr)
        sys.exit(1)
