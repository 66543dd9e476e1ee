"""The command line: deploys every mode in a lab, runs the auditors, and prints one table."""

import json
from collections.abc import Iterator
from typing import Annotated

import typer
import yaml
from rich.console import Console

from audit.code import audit_code
from audit.figures import BUILD, Figure, table, write
from audit.nginx import audit_nginx
from audit.ports import audit_ports
from audit.reach import Deployment
from audit.sandbox import audit_units
from audit.ssh import audit_sshd
from audit.system import audit_system
from audit.tls import audit_tls
from audit.tools import AuditError, ensure_tools
from lab import lifecycle, wsl
from lab.errors import EXPECTED
from lab.hosts import run_in
from lab.hoststate import names
from lab.pulumi import pulumi_lines, pulumi_output
from lab.variant import MODES, Variant, configure

HOSTNAME = "asr.gonova.one"
# The second image alone is asked about sshd: all else is the same files.
IMAGE, OTHER_IMAGE = "debian-13", "debian-12"
TLS_MODES = ("direct", "full", "strict")

_EXPECTED: tuple[type[Exception], ...] = (AuditError, *EXPECTED)

console = Console(highlight=False, soft_wrap=True)


def report(line: str) -> None:
    """One line of progress."""
    console.print(f"    {line}", style="dim", markup=False)


def deploy(lab: str, mode: str, *, image: str, balancer: bool = False) -> Deployment:
    """`pulumi up` of stack dev in this mode, on a server rented with this image.

    Raises:
        AuditError: it failed; its words are in the message.
    """
    console.print(f"[bold]==>[/bold] pulumi up: {mode}, {image}")
    configure(lab, Variant(mode=mode))
    path = f"{wsl.PROGRAM}/{wsl.STACK_FILE}"
    document = yaml.safe_load(run_in(lab, wsl.NAME, ["cat", path]).stdout)
    document["config"]["vps-reverse-proxy:server"]["image"] = image
    document["config"]["vps-reverse-proxy:load_balancer"] = {"enabled": balancer}
    run_in(lab, wsl.NAME, ["tee", path], input=yaml.safe_dump(document).encode())
    said: list[str] = []
    up = ["up", "--yes", "--skip-preview", "--suppress-outputs", "--stack", "dev"]
    if pulumi_lines(lab, up, said.append):
        raise AuditError("pulumi up failed:\n" + "\n".join(said[-40:]))
    outputs = json.loads(pulumi_output(lab, ["stack", "output", "--json", "--stack", "dev"]))
    (host,) = [name for name in names(lab) if name.startswith("hetzner-")]
    return Deployment(lab, host, outputs["vpsAddress"], outputs["vpsAddress6"], image)


def every_figure(lab: str) -> Iterator[Figure]:
    """All of it, in an order that changes what stands as little as it can."""
    tools = ensure_tools(report=report)
    console.print("[bold]==>[/bold] the code")
    yield from audit_code(tools)
    lifecycle.up(lab, report)
    wsl.sync_program(lab, reset=True)
    for mode in MODES:
        target = deploy(lab, mode, image=IMAGE, balancer=mode == MODES[-1])
        yield from audit_ports(target, mode)
        yield audit_nginx(tools, target, target.host, mode)
        if mode in TLS_MODES:
            yield audit_tls(tools, target, mode, HOSTNAME)
    yield audit_nginx(tools, target, "wsl", "load-balancer")
    yield audit_sshd(tools, target)
    yield from audit_units(target)
    yield from audit_system(target)
    yield audit_sshd(tools, deploy(lab, "flexible", image=OTHER_IMAGE))


def quick_figures(target: Deployment, mode: str) -> list[Figure]:
    """What takes a minute, of a stack that is up anyway."""
    tools = ensure_tools()
    return [
        *audit_ports(target, mode),
        audit_nginx(tools, target, target.host, mode),
        audit_sshd(tools, target),
        *audit_units(target),
    ]


def main(
    lab: Annotated[
        str, typer.Option("--lab", envvar="VPS_LAB", help="Which lab; made, and left up.")
    ] = "audit",
) -> None:
    """Deploy every mode in a lab, and run well-known security tools against it and the code.

    Writes build/audit.json, and the full reports to build/audit/. Exit status 1 when a figure does
    not meet its bar.
    """
    figures: list[Figure] = []
    try:
        figures.extend(every_figure(lab))
    except _EXPECTED as error:
        words = Console(stderr=True, highlight=False, soft_wrap=True)
        words.print(f"Failed: {error}", markup=False, style="bold red")
        raise typer.Exit(2) from None
    finally:
        if figures:
            write(figures)
            console.print(table(figures))
            report(f"build/audit.json; the auditors' own words: {BUILD}/audit")
    raise typer.Exit(0 if all(one.met for one in figures) else 1)
