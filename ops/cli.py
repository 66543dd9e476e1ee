"""The command line of bin/ops."""

import json
import sys
from typing import Annotated

import typer
from rich.console import Console

from ops.errors import OpsError
from ops.login import login_of
from ops.ssh import open_shell
from ops.stack import read_outputs

app = typer.Typer(
    help="Before and after `pulumi up`: choose a region, make a stack, look at what stands.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # a traceback's local variables may hold the key
)

StackOption = Annotated[
    str | None, typer.Option("--stack", "-s", help="Which stack; the selected one unless told.")
]


@app.command(context_settings={"allow_interspersed_args": False})
def ssh(
    command: Annotated[
        list[str] | None, typer.Argument(help="What to run there; a shell unless told.")
    ] = None,
    stack: StackOption = None,
) -> None:
    """Open the administrator's shell on the VPS: bin/ops ssh [-- COMMAND...].

    The login key and the host key come from the stack; nothing is kept on this machine.
    """
    login = login_of(read_outputs(stack))
    raise typer.Exit(open_shell(login, command or []))


@app.command()
def regions(
    provider: Annotated[
        list[str] | None,
        typer.Option("--provider", "-p", help="Only this one; may be given several times."),
    ] = None,
    samples: Annotated[
        int, typer.Option(min=1, max=50, help="Connections to each test host; the median counts.")
    ] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Measure which region is near, beside what the cheapest size costs there.

    Prices are asked with the tokens in the environment (HCLOUD_TOKEN and the like); a provider that
    tells none without a token still is measured.
    """
    # Here, as `ssh` must not wait for the providers' SDKs to load.
    from ops.regions import command, table  # noqa: PLC0415

    errors = Console(stderr=True)
    with errors.status("Asking the providers, measuring the way to their regions"):
        found, advice = command.find_regions(provider or [], samples=samples)
    if as_json:
        print(json.dumps(table.as_json(found, advice), indent=2))
    else:
        table.show(found, advice, Console())


def main() -> None:
    """Run the command line; an expected failure is one message on standard error, status 1."""
    try:
        app(prog_name="bin/ops")
    except OpsError as error:
        print(f"bin/ops: {error}", file=sys.stderr)
        sys.exit(1)
