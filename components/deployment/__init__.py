"""The order in which a stack is built: what is asked first, then host by host, then its outputs.

It is the only place that knows every component; each of them can be understood without it.
"""

from components.deployment.exports import export_outputs
from components.deployment.home import Home, build_home
from components.deployment.plan import Plan, make_plan
from components.deployment.public_machine import PublicMachine, build_public_machine
from components.deployment.public_names import PublicNames, build_public_names

__all__ = [
    "Home",
    "Plan",
    "PublicMachine",
    "PublicNames",
    "build_home",
    "build_public_machine",
    "build_public_names",
    "export_outputs",
    "make_plan",
]
