"""TunnelUser: the account on the VPS whose key can hold the tunnel and do nothing else.

It refuses everything a login could ask for: no session of any kind, no file transfer, no forward
but the listeners of this stack's services.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions
from pulumi_command import remote

from components.host import Host
from components.naming import StackName
from components.rendering import render
from components.step import host_step


@dataclass(frozen=True, kw_only=True)
class TunnelUserArgs:
    """What a TunnelUser is made from.

    Attributes:
        account: Name of the account.
        public_key: The tunnel's key, in authorized_keys format.
        ports: What it may listen on, on the VPS's loopback.
    """

    host: Host
    stack: StackName
    account: str
    public_key: pulumi.Output[str]
    ports: Sequence[int]


class TunnelUser(pulumi.ComponentResource):
    """An account that holds the tunnel. `account` is known once it exists."""

    account: pulumi.Output[str]
    step: remote.Command

    def __init__(
        self, name: str, args: TunnelUserArgs, opts: ResourceOptions | None = None
    ) -> None:
        super().__init__("vps-reverse-proxy:index:TunnelUser", name, None, opts)
        self.step = host_step(
            f"{name}-account",
            args.host,
            "tunnel-user.sh",
            parent=self,
            values={
                "stack": args.stack.owner,
                "slug": args.stack.slug,
                "account": args.account,
            },
            files={
                "authorized_keys": args.public_key.apply(
                    lambda key: render(
                        "authorized_keys.j2", ports=args.ports, public_key=key.strip()
                    )
                ),
                "sshd.conf": render(
                    "sshd.conf.j2",
                    owner=args.stack.owner,
                    account=args.account,
                    ports=args.ports,
                ),
            },
            identity=[args.account],
        )
        self.account = self.step.id.apply(lambda _: args.account)
        self.register_outputs({"account": self.account})
