"""Which module rents from which provider; the rest of the program never learns.

A provider's module is imported only where it is chosen: its SDK alone takes up to a second.
"""

import pulumi

from components.host import Boot, Host
from settings import (
    AnyRentedServer,
    DigitalOceanServer,
    HcloudServer,
    LinodeServer,
    VultrServer,
)


def provision(
    name: str, spec: AnyRentedServer, region: str, boot: Boot, parent: pulumi.Resource
) -> Host:
    """Rent the server with its login key and its firewall, in a region that has room for it."""
    match spec:
        case HcloudServer():
            from components.vps.hcloud import provision_hcloud

            return provision_hcloud(name, spec, region, boot, parent)
        case VultrServer():
            from components.vps.vultr import provision_vultr

            return provision_vultr(name, spec, region, boot, parent)
        case LinodeServer():
            from components.vps.linode import provision_linode

            return provision_linode(name, spec, region, boot, parent)
        case DigitalOceanServer():
            from components.vps.digitalocean import provision_digitalocean

            return provision_digitalocean(name, spec, region, boot, parent)
