"""Settings -> plan -> VPS -> WSL host -> public names -> outputs."""

import pulumi
from pulumi import ResourceOptions

from components.deployment import (
    build_public_names,
    build_vps_side,
    build_wsl_side,
    export_outputs,
    make_plan,
)
from components.interruption import end_quietly
from components.naming import StackName
from components.tunnel_service import TunnelKey, TunnelKeyArgs
from components.wsl_host import WslHost, WslHostArgs, WslStart, WslStartArgs
from settings import load_settings, require_credentials

end_quietly()
settings = load_settings(pulumi.Config())
require_credentials(settings)
stack = StackName(project=pulumi.get_project(), stack=pulumi.get_stack())
plan = make_plan(settings, stack)
plan.repairs.warn()
plan.repairs.mark_steps()

start = WslStart("wsl-start", WslStartArgs(stack=stack, machine_id=plan.here.machine_id))
key = TunnelKey(
    "tunnel-key",
    TunnelKeyArgs(stack=stack, unit=settings.tunnel.unit, machine_id=start.machine_id),
)
vps = build_vps_side(plan, key.public_key)
wsl = build_wsl_side(plan, vps, start)
names = build_public_names(plan, vps, wsl)
# The last to come and the first to go: removing it on another machine fails before all else.
WslHost(
    "wsl-host",
    WslHostArgs(hostname=plan.here.hostname, machine_id=plan.here.machine_id),
    ResourceOptions(depends_on=[start, key, *vps.parts, *wsl.parts, *names.parts]),
)
export_outputs(plan, vps, wsl, names)
