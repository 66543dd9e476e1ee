"""Settings and component arguments that tests share."""

from typing import Any

import pulumi
from pulumi import ComponentResource

from components.host import Host, Identity
from components.naming import StackName
from components.reverse_proxy import VisitorPolicy
from settings import LimitSettings, ServerSettings, Settings
from tests.unit.settings_support import EXISTING, HCLOUD

STACK = StackName(project="vps-reverse-proxy", stack="dev")
OTHER_STACK = StackName(project="vps-reverse-proxy", stack="2024-prod")
MACHINE_ID = "0123456789abcdef0123456789abcdef"
HOST_KEY = "ssh-ed25519 AAAAHOSTKEY"
POLICY = VisitorPolicy(limits=LimitSettings(), hsts=False)
PRIVATE_KEY = "-----BEGIN OPENSSH PRIVATE KEY----- sample"
RUNNING = {
    "provider": "hcloud",
    "region": "nbg1",
    "size": "cx23",
    "image": "debian-13",
    "admin": "admin",
}
ADOPTED = {"provider": "existing", "address": "203.0.113.5"}


def settings(server: dict[str, Any] = HCLOUD, **sections: Any) -> Settings:
    """The guide's two services, on a rented VPS unless told."""
    return Settings.model_validate({"server": server, **sections})


def server(**changes: Any) -> ServerSettings:
    """A rented server."""
    return settings({**HCLOUD, **changes}).server


class Machine(pulumi.CustomResource):
    """A rented machine, as the steps see it."""

    def __init__(self) -> None:
        super().__init__("test:index:Machine", "machine", {})


class Parent(ComponentResource):
    """Whatever a step belongs to."""

    def __init__(self) -> None:
        super().__init__("test:index:Parent", "parent")


def host(*, rented: bool = True, machine_id: str = "1001 cx23") -> Host:
    """A VPS; its machine is a resource where it is rented."""
    return Host(
        address="203.0.113.16",
        address6="2001:db8:100:1::1",
        user="admin" if rented else "root",
        host_key=f"{HOST_KEY} a comment",
        identity=Identity(public_key="", private_key=pulumi.Output.secret(PRIVATE_KEY)),
        machine_id=machine_id,
        machine=Machine() if rented else None,
        key_file="" if rented else "/home/speech/.ssh/existing",
    )


__all__ = [
    "EXISTING",
    "HCLOUD",
    "HOST_KEY",
    "MACHINE_ID",
    "OTHER_STACK",
    "POLICY",
    "PRIVATE_KEY",
    "STACK",
]
