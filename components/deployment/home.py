"""The WSL host: the tunnel, a load balancer if wanted, and what keeps WSL running."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.load_balancer import LoadBalancer, LoadBalancerArgs, forwards
from components.tunnel_service import TunnelService, TunnelServiceArgs
from components.windows.keep_alive import WslKeepAlive, WslKeepAliveArgs

if TYPE_CHECKING:
    import pulumi

    from components.deployment.plan import Plan
    from components.deployment.public_machine import PublicMachine


@dataclass(frozen=True, kw_only=True)
class Home:
    """What was built on the WSL host.

    Attributes:
        way: What visitors' calls come by; they are sent here once it stands.
        keep_alive: None where nothing needs to keep it running.
        parts: All of its components.
    """

    way: list[pulumi.Resource]
    keep_alive: WslKeepAlive | None
    parts: list[pulumi.Resource]


def build_home(plan: Plan, machine: PublicMachine) -> Home:
    """Build the WSL host's side, with its tunnel to this VPS."""
    settings, stack, machine_id = plan.settings, plan.stack, plan.here.machine_id
    way: list[pulumi.Resource] = []
    if settings.load_balancer.enabled:
        way.append(
            LoadBalancer(
                "balancer",
                LoadBalancerArgs(
                    stack=stack,
                    services=settings.services,
                    proxy=settings.proxy,
                    limits=settings.limits,
                    port=settings.load_balancer.port,
                    machine_id=machine_id,
                ),
            )
        )
    way.append(
        TunnelService(
            "tunnel",
            TunnelServiceArgs(
                host=machine.host,
                stack=stack,
                tunnel=settings.tunnel,
                account=machine.user.account,
                forwards=forwards(settings.services, settings.load_balancer),
                sockets=plan.sockets,
                machine_id=machine_id,
            ),
        )
    )
    keep_alive = None
    if plan.here.distribution is not None:
        keep_alive = WslKeepAlive(
            "keep-alive",
            WslKeepAliveArgs(
                stack=stack, distribution=plan.here.distribution, machine_id=machine_id
            ),
        )
    return Home(way=way, keep_alive=keep_alive, parts=[*way, *([keep_alive] if keep_alive else [])])
