"""What a lab consists of at this moment, for a person and for checks."""

from __future__ import annotations

from typing import Any

from lab import hosts, lifecycle, world
from lab.hoststate import spec_of


def status(lab: str) -> dict[str, Any]:
    """`{"lab", "up", "hosts": [{"name", "role", "address", "address6", "state"}, ...]}`.

    Roles are wsl, client, vps, edge and infra; a state is running, booting or off. No host is
    listed when the lab is not up.
    """
    if not lifecycle.is_up(lab):
        return {"lab": lab, "up": False, "hosts": []}
    infra = world.INFRA
    listed = [_host(infra.name, infra.role, infra.address, infra.address6, "running")]
    for name in hosts.names(lab):
        spec = spec_of(lab, name)
        ready = hosts.state(lab, name).ready
        state = "off" if not hosts.running(lab, name) else "running" if ready else "booting"
        listed.append(_host(name, spec.role, spec.address, spec.address6, state))
    return {"lab": lab, "up": True, "hosts": listed}


def _host(name: str, role: str, address: Any, address6: Any, state: str) -> dict[str, Any]:
    return {
        "name": name,
        "role": role,
        "address": None if address is None else str(address),
        "address6": None if address6 is None else str(address6.ip),
        "state": state,
    }
