"""TunnelKey and TunnelService: the WSL host's end of the tunnel.

The key is born on the WSL host and never leaves it; only its public half reaches the program.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions
from pulumi_command import local

from components.host import Host
from components.naming import StackName
from components.rendering import HERE, render
from components.sockets import OPEN_FILES, Sockets, socket_name
from components.ssh_keys import bare_key
from components.step import Step, host_step, local_step
from settings import TunnelSettings

HOLDER = tuple(sorted(path.name for path in (HERE / "holder").glob("*.py")))
"""The modules of the program that holds the tunnel."""


@dataclass(frozen=True, kw_only=True)
class Forward:
    """What the tunnel carries: the socket `name` on the VPS leads to `target` (host:port)."""

    name: str
    target: str


@dataclass(frozen=True, kw_only=True)
class TunnelKeyArgs:
    """What a TunnelKey is made from.

    Attributes:
        machine_id: Of the WSL host; a stack that moves makes a new key on its new host.
    """

    stack: StackName
    unit: str
    machine_id: pulumi.Input[str]


class TunnelKey(pulumi.ComponentResource):
    """ssh, the tunnel's own account on the WSL host, and its key."""

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
        sockets: Where it ends on the VPS.
        machine_id: Of the WSL host.
    """

    host: Host
    stack: StackName
    tunnel: TunnelSettings
    account: pulumi.Output[str]
    forwards: Sequence[Forward]
    sockets: Sockets
    machine_id: pulumi.Input[str]


def render_known_hosts(*, alias: str, host_key: str) -> str:
    """The one line of known_hosts: the pinned key under the tunnel's alias."""
    return f"{alias} {bare_key(host_key)}\n"


def render_config(*, sockets: Sockets, forwards: Sequence[Forward]) -> str:
    """The holder's configuration as JSON, which `components/holder/config.py` reads."""
    return json.dumps(
        {
            "directory": sockets.directory,
            "connections": sockets.connections,
            "forwards": [
                {"name": socket_name(forward.name), "target": forward.target}
                for forward in forwards
            ],
        },
        indent=2,
    )


def holder_module(name: str) -> str:
    """The text of a module of the holder."""
    return (HERE / "holder" / name).read_text(encoding="utf-8")


class TunnelService(pulumi.ComponentResource):
    """The systemd unit that holds the tunnel, proven open on the VPS. `unit` is its name."""

    unit: pulumi.Output[str]
    service: local.Command
    opened: Step

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
                "modules": " ".join(HOLDER),
            },
            files={
                "unit.service": render(
                    "tunnel.service.j2", owner=args.stack.owner, unit=unit, open_files=OPEN_FILES
                ),
                "config.json": render_config(sockets=args.sockets, forwards=args.forwards),
                "kernel.conf": render("kernel.conf.j2"),
                **{f"holder-{module}": holder_module(module) for module in HOLDER},
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
                "directory": args.sockets.directory,
                "sockets": " ".join(
                    path
                    for forward in args.forwards
                    for path in args.sockets.of_service(forward.name)
                ),
                # A tunnel that moved to another WSL host is proven anew.
                "held_by": args.machine_id,
            },
            undo=False,
            depends_on=[self.service],  # it opens what is looked for here
        )
        self.unit = self.opened.id.apply(lambda _: unit)
        self.register_outputs({"unit": self.unit})
