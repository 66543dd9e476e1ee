"""WslHost: ties a stack to the machine it was deployed from.

It is the last resource of a stack and the first to go: removing it on another machine fails before
anything else is touched.
"""

from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions
from pulumi_command import local

from components.step import local_step


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
