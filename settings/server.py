"""The VPS: one class per provider, joined in a union tagged by `provider`.

A new provider is one class here and one name in `AnyRentedServer`; `match` on the union then makes
every place that must know it a type error until it does.
"""

from typing import Annotated, Literal, TypeAlias, get_args

from pydantic import BaseModel, Field

from settings.keys import HostKey, SshPublicKey
from settings.names import KeyFile, NewUnixUser, RegionName, SizeName, UnixUser
from settings.network import IPv4, IPv6, Network, Port
from settings.section import Section
from settings.values import Flag, TimeOfDay


class ServerBase(Section):
    """What every server has."""

    ssh_allow: tuple[Network, ...] = Field(
        (),
        description="Which addresses may connect by ssh, at the provider's firewall and the VPS's"
        " own; the WSL host's public address must be among them. Empty for all.",
        examples=["203.0.113.0/24"],
    )
    reboot_window: TimeOfDay = Field(
        "04:00",
        examples=["04:00"],
        description="The time of day, on the VPS's clock, when it may reboot for a security update."
        " On an `existing` one only with `server.harden`.",
    )

    @property
    def closed(self) -> bool:
        """Whether the program closes it: every one that it rents."""
        return True

    @property
    def ssh_port(self) -> int:
        """Where its sshd listens."""
        return 22


class RentedServer(ServerBase):
    """What every rented server has; each provider sets its own defaults."""

    region: RegionName
    regions: tuple[RegionName, ...] = Field(
        (),
        description="Regions in order of preference, instead of `server.region`: the first one"
        " that has the size is taken.",
        examples=["nbg1"],
    )
    size: SizeName
    image: Literal["debian-12", "debian-13"] = Field(
        "debian-13", description="The system it boots; a change replaces the server."
    )
    authorized_keys: tuple[SshPublicKey, ...] = Field(
        (),
        description="Public keys that may log in as the admin, beside the program's own.",
        examples=["ssh-ed25519 AAAA... me@laptop"],
    )
    admin: NewUnixUser = Field(
        "admin", description="The sudo account cloud-init creates; root cannot log in."
    )

    @property
    def wanted_regions(self) -> tuple[str, ...]:
        """Where it may be rented, best first; never empty."""
        return self.regions or (self.region,)


class HcloudServer(RentedServer):
    """A server rented from Hetzner Cloud."""

    provider: Literal["hcloud"] = Field(description="Rents the VPS from Hetzner Cloud.")
    region: RegionName = Field(
        "nbg1", description="Hetzner's location; choose the one nearest to the WSL host."
    )
    size: SizeName = Field("cx23", description="Hetzner's server type.")


class VultrServer(RentedServer):
    """A server rented from Vultr."""

    provider: Literal["vultr"] = Field(description="Rents the VPS from Vultr.")
    region: RegionName = Field(
        "fra", description="Vultr's region; choose the one nearest to the WSL host."
    )
    size: SizeName = Field("vc2-1c-1gb", description="Vultr's plan.")


class LinodeServer(RentedServer):
    """A server rented from Linode (Akamai)."""

    provider: Literal["linode"] = Field(description="Rents the VPS from Linode (Akamai).")
    region: RegionName = Field(
        "eu-central", description="Linode's region; choose the one nearest to the WSL host."
    )
    size: SizeName = Field("g6-nanode-1", description="Linode's plan.")


class DigitalOceanServer(RentedServer):
    """A droplet rented from DigitalOcean."""

    provider: Literal["digitalocean"] = Field(description="Rents the VPS from DigitalOcean.")
    region: RegionName = Field(
        "fra1", description="DigitalOcean's region; choose the one nearest to the WSL host."
    )
    # Not the cheapest, s-1vcpu-512mb-10gb: apt can run out of its memory.
    size: SizeName = Field("s-1vcpu-1gb", description="DigitalOcean's size.")


class ExistingServer(ServerBase):
    """A machine the user has; the program only adds files to it."""

    provider: Literal["existing"] = Field(description="Uses a machine you already have.")
    address: IPv4 = Field(
        description="Its public address; the tunnel needs no name server to find it.",
        examples=["203.0.113.5"],
    )
    address6: IPv6 | None = Field(
        None, description="Its public IPv6 address, if visitors should use it, too."
    )
    user: UnixUser = Field(description="A login with sudo, or root.", examples=["admin"])
    port: Port = Field(22, description="The port its sshd listens on.")
    key_file: KeyFile = Field(
        description="The private key for that login; mode 0600, without a passphrase.",
        examples=["~/.ssh/id_ed25519"],
    )
    host_key: HostKey = Field(
        description="The key the machine must show: its `/etc/ssh/ssh_host_ed25519_key.pub`.",
        examples=["ssh-ed25519 AAAA..."],
    )
    harden: Flag = Field(
        default=False,
        description="`true` closes it like a rented one: no login as root, no passwords, and no"
        " open port but those of ssh and of the mode; ports of other sites are closed, too.",
    )

    @property
    def closed(self) -> bool:
        """Whether the program closes it: only where it is told to."""
        return self.harden

    @property
    def ssh_port(self) -> int:
        """Where its sshd listens."""
        return self.port


AnyRentedServer: TypeAlias = HcloudServer | VultrServer | LinodeServer | DigitalOceanServer
ServerSettings = Annotated[AnyRentedServer | ExistingServer, Field(discriminator="provider")]


def server_models() -> dict[str, type[BaseModel]]:
    """The providers' settings by their tag."""
    union = get_args(ServerSettings)[0]
    return {
        get_args(model.model_fields["provider"].annotation)[0]: model for model in get_args(union)
    }
