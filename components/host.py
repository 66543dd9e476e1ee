"""A machine we can log in to, and what a rented one is born with.

It refuses to describe a machine without its host key: every connection is pinned.
"""

from dataclasses import dataclass, replace
from ipaddress import ip_address

import pulumi
from pulumi_command import remote

from components.naming import label_step
from components.ports import OpenPort
from components.ssh_keys import bare_key


def plain_address(address: str) -> str:
    """An address as everybody writes it; what is no address, as it is."""
    try:
        return str(ip_address(address))
    except ValueError:
        return address


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The key pair we log in with; both in OpenSSH's own formats."""

    public_key: pulumi.Input[str]
    private_key: pulumi.Output[str]  # secret


@dataclass(frozen=True, kw_only=True)
class Boot:
    """What a rented machine is born with.

    Attributes:
        open_ports: What the provider's firewall lets in, and from where.
        replaces: Whether another size is another machine, since this one cannot be resized to it.
    """

    identity: Identity
    host_key: pulumi.Output[str]  # public half: "ssh-ed25519 AAAA..."
    user_data: pulumi.Output[str]  # secret: it carries the private half of the host key
    labels: dict[str, str]
    open_ports: tuple[OpenPort, ...]
    replaces: bool


@dataclass(frozen=True, kw_only=True)
class Host:
    """A machine we can log in to.

    Attributes:
        address: IPv4 address, or a name for a machine the user has.
        address6: IPv6 address, where there is one, in its shortest form.
        user: Login of the administrator; may use sudo without a password, or is root.
        port: Of sshd.
        host_key: The one key it must show, in authorized_keys format.
        identity: What we log in with.
        machine_id: Another value for another machine, also under the same address.
        machine: The rented machine as a resource; None for one the user has.
        key_file: Of a machine the user has: where on the WSL host its private key is; may begin
            with ~/.
        label: Of a machine the user has: tells its steps from those on another one, in the state.
        takes_over: Of a machine the user has: whether another one did its work until this run.
        disk_gb: Of a rented machine, where its provider tells; it cannot be resized to less.
    """

    address: pulumi.Input[str]
    address6: pulumi.Input[str] | None = None
    user: str
    port: int = 22
    host_key: pulumi.Input[str]
    identity: Identity
    machine_id: pulumi.Input[str]
    machine: pulumi.Resource | None = None
    key_file: str = ""
    label: str = ""
    takes_over: bool = False
    disk_gb: pulumi.Input[int] | None = None

    def after(self, step: pulumi.CustomResource) -> "Host":
        """The same machine; whoever uses it waits for this step."""
        waited = pulumi.Output.all(self.machine_id, step.id).apply(lambda known: str(known[0]))
        return replace(self, machine_id=waited)

    def resource_name(self, step: str) -> str:
        """What a step on this machine is called in the stack's state.

        A machine the user has comes in by its label: its steps are other resources than those on
        another machine. In a move that fails half way both stay, and either way leads on.
        """
        return label_step(step, self.label) if self.label else step

    def former_names(self, step: str) -> list[pulumi.Alias]:
        """What it was called in a state from before the label: that step was on this machine."""
        if not self.label or self.takes_over:
            return []
        return [pulumi.Alias(name=step)]

    @property
    def pinned_key(self) -> pulumi.Output[str]:
        """The host key without its comment."""
        return pulumi.Output.from_input(self.host_key).apply(bare_key)

    @property
    def public_addresses(self) -> dict[str, pulumi.Input[str]]:
        """Where the public names lead, as values of a step; "" for no IPv6 address."""
        return {
            "address": self.address,
            "address6": "" if self.address6 is None else self.address6,
        }

    def connection(self, *, dial_error_limit: int = 10) -> remote.ConnectionArgs:
        """How the `command` provider reaches it: always with the pinned host key."""
        return remote.ConnectionArgs(
            host=self.address,
            port=self.port,
            user=self.user,
            private_key=self.identity.private_key,
            host_key=self.pinned_key,
            dial_error_limit=dial_error_limit,
            per_dial_timeout=10,
        )
