"""The command line of bin/ops."""

import sys
from typing import Annotated

import typer

from ops.errors import OpsError
from ops.login import login_of
from ops.ssh import open_shell
from ops.stack import read_outputs

app = typer.Typer(
    help="Day 2: look at what `pulumi up` has deployed.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # a traceback's local variables may hold the key
)

StackOption = Annotated[
    str | None, typer.Option("--stack", "-s", help="Which stack; the selected one unless told.")
]


@app.callback()
def _common() -> None:
    """Keeps `ssh` a command of its own while it is the only one."""


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


def main() -> None:
    """Run the command line; an expected failure is one message on standard error, status 1."""
    try:
        app(prog_name="bin/ops")
    except OpsError as error:
        print(f"bin/ops: {error}", file=sys.stderr)
        sys.exit(1)
