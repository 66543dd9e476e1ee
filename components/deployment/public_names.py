"""The public names: records, SSL mode, the certificate that needs them, who watches them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pulumi import ResourceOptions

from components.edge import Edge, EdgeArgs
from components.reverse_proxy import Acme, PublicCertificate, PublicCertificateArgs
from components.watch import Watch, WatchArgs

if TYPE_CHECKING:
    import pulumi

    from components.deployment.plan import Plan
    from components.deployment.vps_side import VpsSide
    from components.deployment.wsl_side import WslSide


@dataclass(frozen=True, kw_only=True)
class PublicNames:
    """What answers the public names.

    Attributes:
        parts: All of its components.
    """

    edge: Edge
    parts: list[pulumi.Resource]


def build_public_names(plan: Plan, vps: VpsSide, wsl: WslSide) -> PublicNames:
    """Send visitors to this VPS, and watch what they find there."""
    edge = Edge(
        "edge",
        EdgeArgs(
            edge=plan.settings.edge,
            zone=plan.zone,
            stack=plan.stack,
            services=plan.settings.services,
            address=vps.machine.host.address,
            address6=vps.machine.host.address6,
        ),
        # Visitors are sent to a VPS only once it serves: after a failed `up` the old one does.
        ResourceOptions(depends_on=[vps.proxy, *wsl.path]),
    )
    parts: list[pulumi.Resource] = [edge]
    # An ACME server looks the names up, the watcher visits them: they must lead here first.
    certificate = _public_certificate(vps, ResourceOptions(depends_on=[edge]))
    if certificate:
        parts.append(certificate)
    if plan.settings.watch.enabled:
        parts.append(_watch(plan, vps, ResourceOptions(depends_on=[*parts])))
    return PublicNames(edge=edge, parts=parts)


def _public_certificate(vps: VpsSide, opts: ResourceOptions) -> PublicCertificate | None:
    if not isinstance(vps.site.tls, Acme):
        return None
    return PublicCertificate(
        "public-certificate",
        PublicCertificateArgs(host=vps.serving, site=vps.site),
        opts,
    )


def _watch(plan: Plan, vps: VpsSide, opts: ResourceOptions) -> Watch:
    return Watch(
        "watch",
        WatchArgs(
            host=vps.serving,
            stack=plan.stack,
            services=plan.settings.services,
            mode=plan.mode,
            watch=plan.settings.watch,
            alerts=plan.settings.alerts,
            account=vps.user.account,
            sockets=plan.sockets,
        ),
        opts,
    )
