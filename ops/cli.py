"""The command line of bin/ops."""

import json
import signal
import sys
from typing import Annotated

import typer
from rich.console import Console

from ops.day2 import commands
from ops.day2.options import StackOption
from ops.errors import OpsError
from ops.exits import FAILED
from ops.login import login_of
from ops.ssh import open_shell, remote_command
from ops.stack import read_outputs

app = typer.Typer(
    help="Choose a region and make a stack; after `pulumi up`, check and operate it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # a traceback's local variables may hold the key
)
commands.register(app)


@app.command(context_settings={"allow_interspersed_args": False})
def ssh(
    command: Annotated[
        list[str] | None, typer.Argument(help="What to run on the VPS; a shell unless told.")
    ] = None,
    stack: StackOption = None,
) -> None:
    r"""Open the administrator's shell on the VPS: bin/ops ssh \[vps] \[-- COMMAND...].

    Options of bin/ops come before `vps`; everything after it runs on the VPS.
    The login key and the host key come from the stack; nothing is kept on this machine.
    """
    words = remote_command(sys.argv, command or [])
    login = login_of(read_outputs(stack))
    raise typer.Exit(open_shell(login, words))


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
    from ops.regions import command, table  # noqa: PLC0415 - each command loads only what it needs

    errors = Console(stderr=True)
    with errors.status("Asking the providers, measuring the way to their regions"):
        found, advice = command.find_regions(provider or [], samples=samples)
    if as_json:
        print(json.dumps(table.as_json(found, advice), indent=2))
    else:
        # A pipe has no width; 80 columns would cut names.
        table.show(found, advice, Console(width=None if sys.stdout.isatty() else 120))


@app.command()
def init(  # noqa: PLR0917 - Typer calls it by keyword
    stack: Annotated[str, typer.Argument(help="The new stack's name, for example prod.")],
    provider: Annotated[
        str | None,
        typer.Option(help="hcloud, vultr, linode, digitalocean; existing: a VPS you have."),
    ] = None,
    region: Annotated[str | None, typer.Option(help="bin/ops regions lists them.")] = None,
    size: Annotated[str | None, typer.Option(help="Default: the cheapest there.")] = None,
    image: Annotated[str | None, typer.Option(help="debian-12 or debian-13.")] = None,
    address: Annotated[str | None, typer.Option(help="existing: IPv4 address.")] = None,
    user: Annotated[str | None, typer.Option(help="existing: a login with sudo.")] = None,
    key_file: Annotated[str | None, typer.Option(help="existing: its private key.")] = None,
    host_key: Annotated[str | None, typer.Option(help="existing: its ed25519 host key.")] = None,
    zone: Annotated[str | None, typer.Option(help="The DNS zone, for example example.org.")] = None,
    dns: Annotated[
        str | None, typer.Option(help="`manual`: you make the records, wherever the zone is.")
    ] = None,
    mode: Annotated[
        str | None,
        typer.Option(
            help="direct-http, direct, flexible, full or strict, the default; with --dns manual"
            " direct-http or direct, the default."
        ),
    ] = None,
    service: Annotated[
        list[str] | None,
        typer.Option(help="NAME=HOST:PORT, once for each service; docs/stacks.md has more."),
    ] = None,
    load_balancer: Annotated[
        bool | None, typer.Option(help="Default: on where a service has several HOST:PORT.")
    ] = None,
    token_file: Annotated[
        str | None,
        typer.Option(help="Tokens as VARIABLE=token lines; - is standard input."),
    ] = None,
    secrets_provider: Annotated[
        str | None,
        typer.Option(
            help="A cloud's key instead of a passphrase, as `pulumi stack init` takes it."
        ),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False,  # noqa: FBT002 - a flag
) -> None:
    """Make a stack: asks what no flag answers, checks the tokens, writes Pulumi.STACK.yaml.

    Tokens come from --token-file, the environment (HCLOUD_TOKEN, CLOUDFLARE_API_TOKEN and the
    like) or a prompt. Nothing is created at a provider.
    """
    # Here, as `ssh` must not wait for the providers' SDKs to load.
    from ops.init import answers, command  # noqa: PLC0415 - each command loads only what it needs

    console = Console(soft_wrap=True)
    file = command.init(
        stack,
        answers.Answers(
            provider=provider,
            region=region,
            size=size,
            image=image,
            address=address,
            user=user,
            key_file=key_file,
            host_key=host_key,
            zone=zone,
            dns=dns,
            mode=mode,
            services=tuple(map(answers.parse_service, service or [])),
            load_balancer=load_balancer,
        ),
        token_file=token_file,
        secrets_provider=secrets_provider,
        terminal=sys.stdin.isatty() and sys.stdout.isatty(),
        confirmed=yes,
        console=console,
    )
    console.print(f"Written: {file.name}, its secrets encrypted. Next:", highlight=False)
    for line in command.next_commands(stack):
        console.print(f"  {line}", highlight=False, markup=False)


def _leave(number: int, _frame: object) -> None:
    """End as Ctrl-C does: what has opened the login key's file removes it."""
    raise SystemExit(128 + number)


def main() -> None:
    """Run the command line; an expected failure is one message on standard error, status 1."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:  # what is ignored (nohup) stays so
            signal.signal(number, _leave)
    try:
        app(prog_name="bin/ops")
    except OpsError as error:
        print(f"bin/ops: {error}", file=sys.stderr)
        sys.exit(FAILED)
