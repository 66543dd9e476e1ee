"""The stack's outputs: for its user, for bin/ops, and for the next run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from components.outputs import describe_cost, describe_operations, next_steps, service_urls
from components.reverse_proxy.keys import canary_keys

if TYPE_CHECKING:
    from components.deployment.plan import Plan
    from components.deployment.public_names import PublicNames
    from components.deployment.vps_side import VpsSide
    from components.deployment.wsl_side import WslSide


def export_outputs(plan: Plan, vps: VpsSide, wsl: WslSide, names: PublicNames) -> None:
    """Export everything; what a mode does not have is not there.

    The engine records a stack's outputs in one piece, once all of them are known. So none comes
    from the ACME certificate (mode `direct`), which fails most of all: after a first run that ends
    there bin/ops must find the stack, and the next run what is deployed.
    """
    settings, here, machine = plan.settings, plan.here, vps.machine
    pulumi.export("urls", service_urls(settings.services, plan.mode))
    pulumi.export("vpsAddress", machine.host.address)
    pulumi.export("vpsAddress6", machine.host.address6)
    pulumi.export("server", plan.server)
    if isinstance(vps.host.machine, pulumi.CustomResource):
        pulumi.export("serverId", vps.host.machine.id)
    if vps.host.disk_gb is not None:
        pulumi.export("serverDisk", vps.host.disk_gb)
    pulumi.export("monthlyCost", describe_cost(plan.offer))
    pulumi.export("wslHost", {"hostname": here.hostname, "machineId": here.machine_id})
    pulumi.export("login", machine.login)
    pulumi.export("operations", describe_operations(settings, plan.stack))
    if keys := canary_keys(settings.services):
        pulumi.export("canaryApiKeys", pulumi.Output.secret(keys))
    pulumi.export("repaired", plan.repairs.times)
    if vps.certificate:
        expires = vps.certificate.expires
        pulumi.export("certificate", {"generation": plan.generation, "expires": expires})
        pulumi.export("certificateExpires", expires)
    if settings.edge.dns == "manual":
        pulumi.export("dnsRecords", names.edge.dns_records)
    if wsl.keep_alive:
        pulumi.export("keepAlive", wsl.keep_alive.described)
    pulumi.export(
        "nextSteps",
        next_steps(settings.services, plan.stack, settings.tunnel.unit, plan.mode),
    )
