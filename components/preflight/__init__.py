"""What must hold before anything is created, checked on the machine that runs pulumi.

That machine is the WSL host: it is not silently taken for it when the stack has another one.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.naming import StackName
from components.preflight.keep_alive_checks import check_keep_alive
from components.preflight.local_checks import account_comment, checkout_problems, host_problems
from components.preflight.machine import Machine
from components.preflight.vps_checks import host_key_problems, key_file_problems, proxy_warnings
from components.windows.by_hand import config_removal, removal
from settings import ExistingServer, Settings

__all__ = ["Machine", "Preflight", "account_comment", "check_this_machine", "inspect_machine"]


@dataclass(frozen=True, kw_only=True)
class Preflight:
    """What was found.

    Attributes:
        machine_id: Of the stack's WSL host: this machine, or in a preview elsewhere the recorded.
        hostname: Of the same machine.
        is_wsl_host: Whether this machine is the stack's WSL host, or becomes it.
        distribution: What Windows shall keep running, by the name it has there; None for nothing.
        problems: Each ends the run; each says what to do.
        warnings: Each is worth showing.
    """

    machine_id: str
    hostname: str
    is_wsl_host: bool
    distribution: str | None
    problems: tuple[str, ...]
    warnings: tuple[str, ...]


def check_this_machine(
    settings: Settings,
    owner: str,
    recorded_host: Mapping[str, str] | None,
    *,
    dry_run: bool,
    kept: Mapping[str, str] | None = None,
    machine: Machine | None = None,
) -> Preflight:
    """Make sure that this machine can be the stack's WSL host, or may at least preview.

    Warnings go to the log.

    Args:
        settings: The stack's.
        owner: The stack: "project/stack".
        recorded_host: `machineId` and `hostname` the stack was deployed from; None at first.
        dry_run: Whether this is a preview.
        kept: `distribution` that Windows already keeps running for the stack; None for none.
        machine: This machine, unless told.

    Raises:
        pulumi.RunError: With every problem at once.
    """
    found = inspect_machine(
        settings, owner, recorded_host, dry_run=dry_run, kept=kept, machine=machine
    )
    if found.problems:
        text = "\n".join("- " + problem.replace("\n", "\n  ") for problem in found.problems)
        raise pulumi.RunError(f"This cannot work yet:\n{text}\nNothing was changed.")
    for warning in found.warnings:
        pulumi.log.warn(warning)
    return found


def inspect_machine(
    settings: Settings,
    owner: str,
    recorded_host: Mapping[str, str] | None,
    *,
    dry_run: bool,
    kept: Mapping[str, str] | None = None,
    machine: Machine | None = None,
) -> Preflight:
    """What `check_this_machine` would say, as data."""
    here = machine or Machine()
    project, _, name = owner.partition("/")
    stack = StackName(project=project, stack=name)
    recorded = recorded_host or {}
    elsewhere = bool(recorded) and recorded["machineId"] != here.machine_id
    right = f"{recorded.get('hostname')} (machine-id {recorded.get('machineId')})"
    if elsewhere and not settings.tunnel.adopt_host:
        return _from_elsewhere(stack, recorded, right, here, dry_run=dry_run, kept=kept)
    problems = list(checkout_problems(here))
    warnings: list[str] = []
    if elsewhere:
        warnings.append(
            f"the tunnel moves here from {right}. On that machine, stop the old one:"
            f" sudo systemctl disable --now {settings.tunnel.unit}"
            + (
                f"; and if it has another Windows, there: {removal(kept['task'])},"
                f" and {config_removal()}"
                if kept
                else ""
            )
        )
    problems += host_problems(settings, stack, here)
    if isinstance(settings.server, ExistingServer):
        problems += key_file_problems(settings.server, stack.project, here)
        problems += host_key_problems(settings.server, stack.project, here)
    elif not recorded:
        warnings += proxy_warnings(here.environ)
    keep_alive = check_keep_alive(
        settings, stack, here, None if elsewhere else (kept or {}).get("distribution")
    )
    problems += keep_alive.problems
    warnings += keep_alive.warnings
    return Preflight(
        machine_id=here.machine_id,
        hostname=here.hostname,
        is_wsl_host=True,
        distribution=keep_alive.distribution,
        problems=tuple(problems),
        warnings=tuple(warnings),
    )


def _from_elsewhere(
    stack: StackName,
    recorded: Mapping[str, str],
    right: str,
    here: Machine,
    *,
    dry_run: bool,
    kept: Mapping[str, str] | None,
) -> Preflight:
    """Not on the stack's WSL host, `right`: a preview looks, and nothing else is done."""
    problems = list(checkout_problems(here))
    warnings: list[str] = []
    if dry_run:
        warnings.append(
            f"this machine ({here.hostname}) is not the stack's WSL host, {right}:"
            " the preview goes on without checking that host, and `pulumi up` works only there"
        )
    else:
        problems.append(
            f"the stack's WSL host is {right}, and this is {here.hostname}"
            f" (machine-id {here.machine_id or 'unknown'}). Run pulumi there; or, to move the"
            " tunnel to this machine for good:\n"
            f"  pulumi config set --path {stack.project}:tunnel.adopt_host true"
        )
    return Preflight(
        machine_id=recorded["machineId"],
        hostname=recorded.get("hostname", ""),
        is_wsl_host=False,
        distribution=(kept or {}).get("distribution"),
        problems=tuple(problems),
        warnings=tuple(warnings),
    )
