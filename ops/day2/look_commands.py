"""The commands that look: status, test, latency, ports, doctor.

Modules are imported where they are needed: `bin/ops ssh` must not wait for them.
"""

import sys
import time
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer
from rich.live import Live

from ops.day2.options import JsonOption, StackOption, console, print_json
from ops.errors import OpsError
from ops.exits import BROKEN, UNKNOWN, status_of
from ops.remedies import for_stack

LISTEN_SECONDS = 31.0
"""A service that pings every 20 to 30 s, as it should, is heard within this time."""


def status(
    stack: StackOption = None,
    as_json: JsonOption = False,  # noqa: FBT002 - a flag
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Until Ctrl-C.")] = False,  # noqa: FBT002 - a flag
    every: Annotated[float, typer.Option(min=1, help="Seconds between two looks.")] = 5.0,
    html: Annotated[
        Path | None, typer.Option(help="Also draw it: one page that needs nothing else.")
    ] = None,
) -> None:
    """Look at every hop of every service's path, and name the broken one.

    Exit status: 0 all is well, 3 something is broken, 4 not everything could be seen, 1 it could
    not look at all. Ctrl-C ends --watch with that of the last look.
    """
    from ops.day2 import looking
    from ops.day2 import status as view
    from ops.page.rendering import page, write_page

    if watch and (as_json or html):
        raise OpsError("--watch draws on the terminal alone: leave out --json and --html")
    subject = looking.find_subject(stack)
    facts, paths = looking.look(subject)
    if html:
        write_page(html, page(facts, paths, subject.outputs))
    if as_json:
        print_json(view.as_json(facts, paths))
    elif not watch:
        console().print(view.screen(facts, paths))
    else:
        where, first = console(), view.screen(facts, paths)
        # In a pipe, where there is no screen to clear, the last look is printed at the end.
        live = Live(first, console=where, screen=where.is_terminal)
        with suppress(KeyboardInterrupt), live:
            while True:
                time.sleep(every)
                facts, paths = looking.look(subject)
                live.update(view.screen(facts, paths), refresh=True)
    raise typer.Exit(status_of(path.verdict for path in paths))


def run_tests(
    stack: StackOption = None,
    as_json: JsonOption = False,  # noqa: FBT002 - a flag
    listen: Annotated[
        float,
        typer.Option(min=0, max=110, help="Seconds to listen for a service's own pings; 0: not."),
    ] = LISTEN_SECONDS,
) -> None:
    """Ask every service from the internet, from the VPS and on this machine; HTTP and WebSocket.

    Behind Cloudflare it also listens whether a service pings, for an idle stream is cut there.
    """
    from ops.day2 import looking, tables, testing

    found = testing.run_tests(looking.find_subject(stack), listen=listen)
    if as_json:
        print_json(tables.tests_json(found))
    else:
        console().print(tables.tests(found))
    raise typer.Exit(status_of(check.verdict for check in found.checks))


def latency(
    stack: StackOption = None,
    as_json: JsonOption = False,  # noqa: FBT002 - a flag
    samples: Annotated[int, typer.Option("--samples", "-n", min=2, max=200)] = 20,
) -> None:
    """Measure what each part of the way adds, beside what the guide expects.

    Exit status 4 when the whole way of a service could not be measured.
    """
    from ops.day2 import latency as measuring
    from ops.day2 import looking, tables

    found = measuring.measure(looking.find_subject(stack), samples=samples)
    if as_json:
        print_json(tables.latencies_json(found))
    else:
        console().print(tables.latencies(found))
    raise typer.Exit(0 if all(measuring.is_whole(spans) for spans in found.values()) else UNKNOWN)


def ports(stack: StackOption = None, as_json: JsonOption = False) -> None:  # noqa: FBT002 - a flag
    """List what listens on both hosts, and whether it should.

    Exit status 3 when something listens to the outside that should not, or does not that should.
    """
    from ops.day2 import looking, tables
    from ops.day2.ports import judge_ports

    facts, _ = looking.look(looking.find_subject(stack))
    found = judge_ports(facts)
    if as_json:
        print_json([asdict(one) for one in found])
    else:
        console().print(tables.ports(found))
    wrong = any(one.judgement in {"unexpected", "missing"} for one in found)
    hosts = {one.host for one in found}
    raise typer.Exit(BROKEN if wrong else 0 if len(hosts) == len(("VPS", "WSL host")) else UNKNOWN)


def doctor(
    stack: StackOption = None,
    as_json: JsonOption = False,  # noqa: FBT002 - a flag
    bundle: Annotated[
        Path | None,
        typer.Option(help="Also write a .tar.gz for a bug report, without any secret."),
    ] = None,
) -> None:
    """Check everything there is to check; each finding with what was seen and what mends it.

    Exit status: 0 all is well or warned about, 3 something is broken, 4 not all could be seen.
    """
    from ops.day2 import looking, tables
    from ops.doctor import bundle as archive
    from ops.doctor import checking, redaction

    subject = looking.find_subject(stack)
    facts, paths = looking.look(subject, thorough=True)
    found = [
        replace(one, remedy=for_stack(one.remedy, stack)) for one in checking.check(facts, paths)
    ]
    if bundle:
        redactor = redaction.Redactor(redaction.secrets_of(subject.outputs, stack))
        archive.write_bundle(bundle, archive.texts_of(subject, facts, found), redactor)
        print(f"written: {bundle}; look into it before you send it", file=sys.stderr)
    if as_json:
        print_json([asdict(one) for one in found])
    else:
        console().print(tables.findings(found))
    levels = {one.level for one in found}
    raise typer.Exit(BROKEN if "broken" in levels else UNKNOWN if "unknown" in levels else 0)
