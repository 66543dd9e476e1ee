"""Which module rents from which provider; the rest of the program never learns."""

import pulumi

from components.host import Boot, Host
from components.vps.hcloud import provision_hcloud
from components.vps.linode import provision_linode
from components.vps.vultr import provision_vultr
from settings import AnyRentedServer, HcloudServer, LinodeServer, VultrServer


def provision(
    name: str, spec: AnyRentedServer, region: str, boot: Boot, parent: pulumi.Resource
) -> Host:
    """Rent the server with its login key and its firewall, in a region that has room for it."""
    match spec:
        case HcloudServer():
            return provision_hcloud(name, spec, region, boot, parent)
        case VultrServer():
            return provision_vultr(name, spec, region, boot, parent)
        case LinodeServer():
            return provision_linode(name, spec, region, boot, parent)
