"""The order in which a stack is built: what is asked first, then host by host, then its outputs.

It is the only place that knows every component; each of them can be understood without it.
"""

from components.deployment.exports import export_outputs
from components.deployment.plan import Plan, make_plan
from components.deployment.public_names import PublicNames, build_public_names
from components.deployment.vps_side import VpsSide, build_vps_side
from components.deployment.wsl_side import WslSide, build_wsl_side

__all__ = [
    "Plan",
    "PublicNames",
    "VpsSide",
    "WslSide",
    "build_public_names",
    "build_vps_side",
    "build_wsl_side",
    "export_outputs",
    "make_plan",
]
