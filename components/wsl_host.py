"""The two ends of a stack on the machine it is deployed from.

WslStart is the first on the WSL host to come and the last to go: it undoes steps that never ended.
WslHost is the last of the whole stack to come and the first to go: removing it on another machine
fails before anything else is touched.
"""

from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions
from pulumi_command import local

from components.naming import StackName
from components.step import local_step


@dataclass(frozen=True, kw_only=True)
class WslStartArgs:
    """What a WslStart is made from: the stack, and /etc/machine-id of this machine."""

    stack: StackName
    machine_id: str


class WslStart(pulumi.ComponentResource):
    """Where the steps on this machine begin.

    Attributes:
        machine_id: That of the arguments, known once this is there: whoever takes it from here
            comes later, and goes before.
    """

    machine_id: pulumi.Output[str]

    def __init__(self, name: str, args: WslStartArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("vps-reverse-proxy:index:WslStart", name, None, opts)
        step = local_step(
            f"{name}-step",
            "wsl-start.sh",
            parent=self,
            values={"stack": args.stack.owner, "machine_id": args.machine_id},
        )
        self.machine_id = step.id.apply(lambda _: args.machine_id)
        self.register_outputs({})


@dataclass(frozen=True, kw_only=True)
class WslHostArgs:
    """What a WslHost is made from: the name and /etc/machine-id of this machine."""

    hostname: str
    machine_id: str


class WslHost(pulumi.ComponentResource):
    """The machine that runs `pulumi up` and `pulumi destroy` for this stack."""

    guard: local.Command

    def __init__(self, name: str, args: WslHostArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("vps-reverse-proxy:index:WslHost", name, None, opts)
        self.guard = local_step(
            f"{name}-guard",
            "wsl-host.sh",
            parent=self,
            values={"host": args.hostname, "machine_id": args.machine_id},
        )
        self.register_outputs({"hostname": args.hostname, "machine_id": args.machine_id})
