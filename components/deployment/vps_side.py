"""The VPS: rented or adopted, closed, with nginx and the account that holds the tunnel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi import ResourceOptions

from components.edge import OriginCertificate, OriginCertificateArgs
from components.hardening import Hardening, HardeningArgs
from components.reverse_proxy import (
    ReverseProxy,
    ReverseProxyArgs,
    SiteSpec,
    VisitorPolicy,
    tls_for,
)
from components.tunnel_user import TunnelUser, TunnelUserArgs
from components.upkeep import Upkeep, UpkeepArgs
from components.vps import Vps, VpsArgs

if TYPE_CHECKING:
    import pulumi

    from components.deployment.plan import Plan
    from components.host import Host


@dataclass(frozen=True, kw_only=True)
class VpsSide:
    """The VPS and what was built on it.

    Attributes:
        machine: Rented or adopted.
        host: How to reach it; whoever uses it waits until it is closed.
        site: What is served on it.
        certificate: Cloudflare's, in the mode that has one.
        parts: All of its components.
    """

    machine: Vps
    host: Host
    site: SiteSpec
    proxy: ReverseProxy
    user: TunnelUser
    certificate: OriginCertificate | None
    parts: list[pulumi.Resource]

    @property
    def serving(self) -> Host:
        """For what has a file of its own in nginx: it comes after the site, and goes before it.

        A component's `depends_on` is not enough: in a move to another VPS the component stays, and
        the engine orders the removals on the old one by what the steps themselves depend on.
        """
        return self.host.after(self.proxy.site)


def build_vps_side(plan: Plan, public_key: pulumi.Output[str]) -> VpsSide:
    """Build the VPS's side. `public_key` is the tunnel's, in authorized_keys format."""
    settings, stack = plan.settings, plan.stack
    vps = Vps(
        "vps",
        VpsArgs(
            server=settings.server,
            region=plan.server.get("region", ""),
            replaces=plan.offer is not None and plan.offer.replaces,
            takes_over=plan.takes_over,
            stack=stack,
            open_ports=plan.open_ports,
        ),
    )
    parts: list[pulumi.Resource] = [vps]
    host = vps.host
    # A machine the user has stays open, unless it is to be closed as well.
    if settings.server.closed:
        hardening = Hardening(
            "hardening", HardeningArgs(host=host, stack=stack, open_ports=plan.open_ports)
        )
        host = hardening.host
        parts.append(hardening)
    certificate = _origin_certificate(plan)
    site = SiteSpec(
        stack=stack,
        services=settings.services,
        proxy=settings.proxy,
        edge_ranges=plan.zone.edge_ranges,
        tls=tls_for(
            settings.edge,
            certificate=certificate.certificate_pem if certificate else None,
            private_key=certificate.private_key_pem if certificate else None,
        ),
        policy=VisitorPolicy(limits=settings.limits, hsts=settings.edge.hsts),
    )
    proxy = ReverseProxy("proxy", ReverseProxyArgs(host=host, site=site, sockets=plan.sockets))
    user = TunnelUser(
        "tunnel-user",
        TunnelUserArgs(
            host=host,
            stack=stack,
            account=settings.tunnel.account,
            public_key=public_key,
            sockets=plan.sockets,
            services=[service.name for service in settings.services],
        ),
    )
    parts += [proxy, user, *([certificate] if certificate else [])]
    if settings.server.closed:
        parts.append(_upkeep(plan, host, proxy))
    return VpsSide(
        machine=vps,
        host=host,
        site=site,
        proxy=proxy,
        user=user,
        certificate=certificate,
        parts=parts,
    )


def _origin_certificate(plan: Plan) -> OriginCertificate | None:
    if plan.mode.certificate != "origin-ca":
        return None
    return OriginCertificate(
        "certificate",
        OriginCertificateArgs(
            hostnames=[service.hostname for service in plan.settings.services],
            generation=plan.generation,
        ),
    )


def _upkeep(plan: Plan, host: Host, proxy: ReverseProxy) -> Upkeep:
    server = plan.settings.server
    return Upkeep(
        "upkeep",
        UpkeepArgs(
            host=host,
            stack=plan.stack,
            reboot_window=server.reboot_window,
            ssh_port=server.ssh_port,
            edge_ranges=plan.zone.edge_ranges,
        ),
        # One installation at a time, and nginx first: its logs are watched.
        ResourceOptions(depends_on=[proxy.packages]),
    )
