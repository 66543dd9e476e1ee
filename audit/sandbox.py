"""systemd-analyze security: what the units could still do."""

import re

from audit.figures import Figure, at_most, keep
from audit.reach import Deployment
from audit.tools import AuditError

# Unit, host ("" for the VPS), highest exposure.
UNITS = (("vps-tunnel.service", "wsl", 1.5), ("nginx.service", "", 4.0))


def audit_units(target: Deployment) -> list[Figure]:
    """The exposure level of the tunnel's unit and of nginx; 0 is none, 10 is all."""
    return [
        at_most(f"systemd-analyze, {unit}", exposure(target, host or target.host, unit), "", bar)
        for unit, host, bar in UNITS
    ]


def exposure(target: Deployment, host: str, unit: str) -> float:
    """The overall exposure level of a unit that is loaded on a host."""
    text = target.on(host, f"systemd-analyze security --no-pager {unit}", check=False)
    keep(f"systemd-analyze-{unit}.txt", text)
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", text)
    if found is None:
        raise AuditError(f"systemd-analyze gave no level for {unit} on {host}:\n{text}")
    return float(found[1])
