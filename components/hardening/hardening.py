"""Hardening: sshd and firewall of the VPS, changed under a guard that undoes a lock-out.

It refuses to leave a machine with settings under which nobody has logged in yet: those come back
by themselves (docs/adr/0018-rollback-guard.md). What locks nobody out is a step beside all others.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi import Alias, ResourceOptions

from components.hardening.files import CONFIRM_WITHIN, guarded_files, machine_files
from components.host import Host
from components.naming import StackName
from components.ports import OpenPort
from components.step import Step, host_step

# Dials are 5 s apart from the tenth on: enough to come back after the old settings have.
CONFIRM_DIALS = 30


@dataclass(frozen=True, kw_only=True)
class HardeningArgs:
    """What a Hardening is made from.

    Attributes:
        open_ports: What comes in; the same as at the provider's firewall.
    """

    host: Host
    stack: StackName
    open_ports: Sequence[OpenPort]


class Hardening(pulumi.ComponentResource):
    """A VPS that lets in what it serves and no more.

    Attributes:
        host: The same machine, once a login has proven that it can still be reached: whatever
            uses it waits for that.
        changed: sshd and firewall have been changed.
        confirmed: A login has proven them.
        machine: Kernel modules and settings, modes of files, and the words before a login.
    """

    host: Host
    changed: Step
    confirmed: Step
    machine: Step

    def __init__(self, name: str, args: HardeningArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("vps-reverse-proxy:index:Hardening", name, None, opts)
        self._args = args
        self._noted_as = f"{name}-change"
        # The firewall was a step of ReverseProxy once: it is changed in place, never taken away.
        former = Alias(
            name="proxy-firewall",
            parent=f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}"
            "::vps-reverse-proxy:index:ReverseProxy::proxy",
        )
        self.changed = self._step(self._noted_as, "change", aliases=[former])
        self.confirmed = self._step(
            f"{name}-confirm",
            "confirm",
            undo=False,
            dial_error_limit=CONFIRM_DIALS,
            depends_on=[self.changed],
        )
        self.host = args.host.after(self.confirmed)
        self.machine = host_step(
            f"{name}-machine",
            self.host,
            "hardening-machine.sh",
            parent=self,
            values={"stack": args.stack.owner},
            files=machine_files(),
        )
        self.register_outputs({"ports": [opened.port for opened in args.open_ports]})

    def _step(
        self,
        name: str,
        phase: str,
        *,
        undo: bool = True,
        dial_error_limit: int = 10,
        depends_on: Sequence[pulumi.Resource] = (),
        aliases: Sequence[Alias] = (),
    ) -> Step:
        """Both steps are told the same, so that no change goes without its confirmation."""
        stack = self._args.stack
        return host_step(
            name,
            self._args.host,
            "hardening.sh",
            parent=self,
            values={
                "step": self._noted_as,  # by both: repaired together
                "stack": stack.owner,
                "slug": stack.slug,
                "table": stack.names.firewall_table,
                "seconds": str(CONFIRM_WITHIN),
                "phase": phase,
            },
            files=guarded_files(
                stack=stack, user=self._args.host.user, open_ports=self._args.open_ports
            ),
            undo=undo,
            dial_error_limit=dial_error_limit,
            depends_on=depends_on,
            aliases=aliases,
        )
