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
    from components.deployment.vps_side import VpsSide
    from components.wsl_host import WslStart


@dataclass(frozen=True, kw_only=True)
class WslSide:
    """What was built on the WSL host.

    Attributes:
        path: What carries visitors' requests; the records lead here once all of it stands.
        keep_alive: None where nothing has to keep WSL running.
        parts: All of its components.
    """

    path: list[pulumi.Resource]
    keep_alive: WslKeepAlive | None
    parts: list[pulumi.Resource]


def build_wsl_side(plan: Plan, vps: VpsSide, start: WslStart) -> WslSide:
    """Build the WSL host's side behind its first step, with its tunnel to this VPS."""
    settings, stack, machine_id = plan.settings, plan.stack, start.machine_id
    path: list[pulumi.Resource] = []
    if settings.load_balancer.enabled:
        path.append(
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
    path.append(
        TunnelService(
            "tunnel",
            TunnelServiceArgs(
                host=vps.host,
                stack=stack,
                tunnel=settings.tunnel,
                account=vps.user.account,
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
                stack=stack, distribution=plan.here.distribution, machine_id=plan.here.machine_id
            ),
        )
    return WslSide(
        path=path, keep_alive=keep_alive, parts=[*path, *([keep_alive] if keep_alive else [])]
    )
