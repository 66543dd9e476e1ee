"""Upkeep: security updates, bounded logs and fail2ban, on a VPS that the program closes.

It never shuts out an address that holds an authenticated tunnel, nor the edge's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi import ResourceOptions

from components.host import Host
from components.naming import StackName
from components.rendering import render, script
from components.step import Step, host_step


@dataclass(frozen=True, kw_only=True)
class UpkeepArgs:
    """What an Upkeep is made from.

    Attributes:
        reboot_window: "HH:MM" on the VPS's clock, when it may reboot after an update; or "never".
        ssh_port: Where sshd listens.
        edge_ranges: CIDRs of the edge, through which many visitors come.
    """

    host: Host
    stack: StackName
    reboot_window: str
    ssh_port: int
    edge_ranges: Sequence[str]


class Upkeep(pulumi.ComponentResource):
    """A VPS that updates itself, keeps its logs small, and shuts out who tries passwords."""

    step: Step

    def __init__(self, name: str, args: UpkeepArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("vps-reverse-proxy:index:Upkeep", name, None, opts)
        self.step = host_step(
            f"{name}-packages",
            args.host,
            "upkeep.sh",
            parent=self,
            values={"stack": args.stack.owner, "slug": args.stack.slug},
            files=upkeep_files(
                stack=args.stack,
                reboot_window=args.reboot_window,
                ssh_port=args.ssh_port,
                edge_ranges=args.edge_ranges,
            ),
        )
        self.register_outputs({})


def upkeep_files(
    *, stack: StackName, reboot_window: str, ssh_port: int, edge_ranges: Sequence[str]
) -> dict[str, str]:
    """What upkeep.sh puts in place, by the names it knows."""
    return {
        "fail2ban.conf": render(
            "fail2ban.conf.j2",
            owner=stack.owner,
            ssh_port=ssh_port,
            edge_ranges=edge_ranges,
            holds_tunnel=f"/usr/local/lib/vps-reverse-proxy/holds-tunnel-{stack.slug}",
        ),
        "apt-upgrades.conf": render(
            "apt-upgrades.conf.j2",
            owner=stack.owner,
            reboot_window=reboot_window,
            nginx_outdated=f"/usr/local/lib/vps-reverse-proxy/nginx-outdated-{stack.slug}",
        ),
        "debsums": render("debsums.j2"),
        "journald.conf": render("journald.conf.j2", owner=stack.owner),
        "logrotate.conf": render("logrotate.conf.j2", owner=stack.owner),
        "logrotate.timer": render("logrotate.timer.j2", owner=stack.owner),
        "holds-tunnel": script("holds-tunnel.sh"),
        "nginx-outdated": script("nginx-outdated.sh"),
    }
