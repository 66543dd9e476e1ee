"""`python -m lab.plugins.hcloud VERSION ENGINE-ADDRESS`, as its executable starts it."""

import sys

from lab.plugins.framework import TableProvider, serve
from lab.plugins.hcloud.cloud import CONFIG, Cloud
from lab.plugins.hcloud.data_sources import DataSources
from lab.plugins.hcloud.firewall_attachments import FirewallAttachment
from lab.plugins.hcloud.firewalls import Firewall
from lab.plugins.hcloud.primary_ips import PrimaryIp
from lab.plugins.hcloud.rdns import Rdns
from lab.plugins.hcloud.servers import Server
from lab.plugins.hcloud.ssh_keys import SshKey
from lab.plugins.serving import trust_the_system


def provider() -> TableProvider:
    """The stand-in."""
    cloud = Cloud()
    kinds = {
        "server": Server(cloud),
        "firewall": Firewall(cloud),
        "firewallAttachment": FirewallAttachment(cloud),
        "sshKey": SshKey(cloud),
        "primaryIp": PrimaryIp(cloud),
        "rdns": Rdns(cloud),
    }
    resources = {f"hcloud:index/{n}:{n[0].upper()}{n[1:]}": kind for n, kind in kinds.items()}
    return TableProvider(
        resources=resources,
        functions=DataSources(cloud).by_token(),
        config=CONFIG,
        configure=cloud.configure,
    )


def main() -> None:
    """Serve until the engine ends the process."""
    trust_the_system()
    serve(provider(), version=sys.argv[1])


if __name__ == "__main__":
    main()
