"""What each host is asked for, as plain data; see `ops.remote.host`."""

from typing import Any

from ops.operations import Operations, Published

SSHD_UNITS = ("ssh.service", "ssh.socket", "sshd.service")


def state_file(operations: Operations) -> str:
    """Where the tunnel on the WSL host writes how it stands."""
    return f"/run/{operations.unit}/state.json"


def public_key(operations: Operations) -> str:
    """The tunnel's key on the WSL host; its public half stands beside it."""
    return f"/var/lib/{operations.unit}/id_ed25519.pub"


def authorized_keys(operations: Operations) -> str:
    """Which key the VPS lets in as the tunnel's account."""
    return f"/home/{operations.account}/.ssh/authorized_keys"


def watcher_unit(operations: Operations) -> str:
    """The watcher's unit on the VPS."""
    return f"{operations.names.watcher}.service"


def watcher_state(operations: Operations) -> str:
    """What the watcher on the VPS found last."""
    return f"/run/{operations.names.watcher}/status.json"


def watcher_history(operations: Operations) -> str:
    """What its canary found in the last day."""
    return f"/var/lib/{operations.names.watcher}/history.jsonl"


def vps_request(operations: Operations, *, thorough: bool = False) -> dict[str, Any]:
    """What the VPS is asked for; `thorough` takes some seconds longer."""
    mode = operations.answers
    watcher = [watcher_unit(operations)] if operations.watched else []
    return {
        "units": ["nginx.service", *SSHD_UNITS, operations.names.firewall_unit, *watcher],
        "web": {
            f"{service.name} {kind}": _loopback(service, service.port, upgrade=kind == "stream")
            for service in operations.services
            for kind in ("health", "stream")
        },
        "certificates": [operations.names.certificate] if mode.certificate != "none" else [],
        "keys": [authorized_keys(operations)],
        "accounts": [operations.account],
        "tables": [operations.names.firewall_table],
        "states": [watcher_state(operations)],
        "history": watcher_history(operations),
        "ssh_port": operations.ssh_port,
        "updates": thorough,
    }


def wsl_request(operations: Operations, *, thorough: bool = False) -> dict[str, Any]:
    """What the WSL host is asked for; `thorough` takes a second longer."""
    unit = f"{operations.unit}.service"
    balanced = operations.balancer_port is not None
    web: dict[str, Any] = {}
    for service in operations.services:
        for number, upstream in enumerate(service.upstreams):
            host, _, port = upstream.rpartition(":")
            for kind in ("health", "stream"):
                web[f"{service.name} {number} {kind}"] = {
                    **_loopback(service, int(port), upgrade=kind == "stream"),
                    "address": host.strip("[]"),
                }
        if service.balancer_port is not None:
            web[f"{service.name} balancer"] = _loopback(service, service.balancer_port)
            web[f"{service.name} by host"] = _loopback(service, operations.balancer_port or 80)
    return {
        "units": [unit, *(["nginx.service"] if balanced else [])],
        "journals": [unit],
        "web": web,
        "keys": [public_key(operations)],
        "states": [state_file(operations)],
        "ssh_port": operations.ssh_port,
        "updates": thorough,
    }


def _loopback(service: Published, port: int, *, upgrade: bool = False) -> dict[str, Any]:
    return {
        "address": "127.0.0.1",
        "port": port,
        "hostname": service.hostname,
        "path": service.stream_path if upgrade else service.health_path,
        "upgrade": upgrade,
    }
