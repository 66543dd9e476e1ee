"""Where the providers' APIs are, as their own plugins take it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A provider's API.

    Attributes:
        provider: Its name for people.
        base: What the environment variable holds where it is not set.
        variable: What moves the plugin, too; "" where it knows no other address.
        path: What the plugin puts behind that.
    """

    provider: str
    base: str
    variable: str = ""
    path: str = ""

    @property
    def url(self) -> str:
        """Where to ask now, without a slash at the end."""
        moved = os.environ.get(self.variable) if self.variable else None
        return (moved or self.base).rstrip("/") + self.path


HCLOUD = Endpoint(
    provider="Hetzner Cloud", base="https://api.hetzner.cloud/v1", variable="HCLOUD_ENDPOINT"
)
VULTR = Endpoint(provider="Vultr", base="https://api.vultr.com/v2")
LINODE = Endpoint(
    provider="Linode", base="https://api.linode.com", variable="LINODE_URL", path="/v4"
)
DIGITALOCEAN = Endpoint(
    provider="DigitalOcean",
    base="https://api.digitalocean.com",
    variable="DIGITALOCEAN_API_URL",
    path="/v2",
)

ENDPOINTS: Mapping[str, Endpoint] = {
    "hcloud": HCLOUD,
    "vultr": VULTR,
    "linode": LINODE,
    "digitalocean": DIGITALOCEAN,
}
