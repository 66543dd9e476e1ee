"""TunnelUser: the account on the VPS whose key can hold the tunnel and do nothing else.

It refuses everything a login could ask for: no command of the caller's, no file transfer, no port,
no terminal. Its shell answers the holder's questions and nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions

from components.host import Host
from components.naming import StackName
from components.rendering import render, script
from components.sockets import OPEN_FILES, WORLD_WRITABLE, Sockets, socket_name
from components.step import Step, host_step


@dataclass(frozen=True, kw_only=True)
class TunnelUserArgs:
    """What a TunnelUser is made from.

    Attributes:
        account: Name of the account.
        public_key: The tunnel's key, in authorized_keys format.
        sockets: Where the tunnel ends.
        services: The names of those it carries.
    """

    host: Host
    stack: StackName
    account: str
    public_key: pulumi.Output[str]
    sockets: Sockets
    services: Sequence[str]


class TunnelUser(pulumi.ComponentResource):
    """An account that holds the tunnel. `account` is known once it exists."""

    account: pulumi.Output[str]
    step: Step

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
                "directory": args.sockets.directory,
                "folders": " ".join(args.sockets.folders),
                "elsewhere": " ".join(WORLD_WRITABLE),
            },
            files={
                "authorized_keys": args.public_key.apply(
                    lambda key: render("authorized_keys.j2", public_key=key.strip())
                ),
                "sshd.conf": render("sshd.conf.j2", owner=args.stack.owner, account=args.account),
                "hold": script("tunnel_shell.sh"),
                "services": "".join(f"{socket_name(name)}\n" for name in args.services),
                "tmpfiles.conf": render(
                    "tmpfiles.conf.j2",
                    owner=args.stack.owner,
                    account=args.account,
                    directory=args.sockets.directory,
                    folders=args.sockets.folders,
                    world_writable=WORLD_WRITABLE,
                ),
                "sockets.mount": render(
                    "sockets.mount.j2",
                    owner=args.stack.owner,
                    directory=args.sockets.directory,
                    names=args.sockets.most_names(len(args.services)),
                ),
                "limits.conf": render(
                    "limits.conf.j2",
                    owner=args.stack.owner,
                    account=args.account,
                    open_files=OPEN_FILES,
                ),
                "kernel.conf": render("kernel.conf.j2"),
            },
            identity=[args.account],
        )
        self.account = self.step.id.apply(lambda _: args.account)
        self.register_outputs({"account": self.account})
