"""TunnelKey and TunnelService: the WSL host's end of the tunnel.

The key is born on the WSL host and never leaves it; only its public half reaches the program.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions
from pulumi_command import local, remote

from components.host import Host
from components.naming import StackName
from components.rendering import render, script
from components.step import host_step, local_step
from settings import TunnelSettings


@dataclass(frozen=True, kw_only=True)
class Forward:
    """One remote forward: the VPS's loopback `port` leads to `target` (host:port)."""

    port: int
    target: str


@dataclass(frozen=True, kw_only=True)
class TunnelKeyArgs:
    """What a TunnelKey is made from.

    Attributes:
        machine_id: Of the WSL host; a stack that moves makes a new key on its new host.
    """

    stack: StackName
    unit: str
    machine_id: str


class TunnelKey(pulumi.ComponentResource):
    """autossh, the tunnel's own account on the WSL host, and its key."""

    public_key: pulumi.Output[str]
    step: local.Command

    def __init__(self, name: str, args: TunnelKeyArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("vps-reverse-proxy:index:TunnelKey", name, None, opts)
        self.step = local_step(
            f"{name}-pair",
            "tunnel-key.sh",
            parent=self,
            values={
                "stack": args.stack.owner,
                "unit": args.unit,
                "machine_id": args.machine_id,
            },
            identity=[args.unit],
        )
        self.public_key = self.step.stdout.apply(str.strip)
        self.register_outputs({"public_key": self.public_key})


@dataclass(frozen=True, kw_only=True)
class TunnelServiceArgs:
    """What a TunnelService is made from.

    Attributes:
        account: Of the tunnel on the VPS.
        forwards: One per service.
        machine_id: Of the WSL host.
    """

    host: Host
    stack: StackName
    tunnel: TunnelSettings
    account: pulumi.Output[str]
    forwards: Sequence[Forward]
    machine_id: str


def render_known_hosts(*, alias: str, host_key: str) -> str:
    """The one line of known_hosts: the pinned key under the tunnel's alias."""
    return f"{alias} {' '.join(host_key.split()[:2])}\n"


class TunnelService(pulumi.ComponentResource):
    """The systemd unit that holds the tunnel, proven open on the VPS. `unit` is its name."""

    unit: pulumi.Output[str]
    service: local.Command
    opened: remote.Command

    def __init__(
        self, name: str, args: TunnelServiceArgs, opts: ResourceOptions | None = None
    ) -> None:
        super().__init__("vps-reverse-proxy:index:TunnelService", name, None, opts)
        unit = args.tunnel.unit
        ssh_config = pulumi.Output.all(args.host.address, args.account).apply(
            lambda known: render(
                "ssh_config.j2",
                owner=args.stack.owner,
                unit=unit,
                address=known[0],
                port=args.host.port,
                account=known[1],
                keepalive_interval=args.tunnel.keepalive_interval,
                keepalive_count=args.tunnel.keepalive_count,
                forwards=args.forwards,
            )
        )
        self.service = local_step(
            f"{name}-unit",
            "tunnel-service.sh",
            parent=self,
            values={
                "stack": args.stack.owner,
                "unit": unit,
                "machine_id": args.machine_id,
            },
            files={
                "unit.service": render("tunnel.service.j2", owner=args.stack.owner, unit=unit),
                "tunnel_start.sh": script("tunnel_start.sh"),
                "ssh_config": ssh_config,
                "known_hosts": pulumi.Output.from_input(args.host.host_key).apply(
                    lambda key: render_known_hosts(alias=unit, host_key=key)
                ),
            },
            identity=[unit],
        )
        self.opened = host_step(
            f"{name}-open",
            args.host,
            "tunnel-open.sh",
            parent=self,
            values={
                "unit": unit,
                "account": args.account,
                "ports": " ".join(str(forward.port) for forward in args.forwards),
                # A tunnel that moved to another WSL host is proven anew.
                "held_by": args.machine_id,
            },
            undo=False,
            depends_on=[self.service],  # it opens what is looked for here
        )
        self.unit = self.opened.id.apply(lambda _: unit)
        self.register_outputs({"unit": self.unit})
