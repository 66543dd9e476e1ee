"""`python -m lab.plugins.linode VERSION ENGINE-ADDRESS`, as its executable starts it."""

import sys

from lab.plugins.framework import Resource, TableProvider, serve
from lab.plugins.linode.cloud import CONFIG, Cloud
from lab.plugins.linode.data_sources import DataSources
from lab.plugins.linode.firewalls import Firewall
from lab.plugins.linode.instances import Instance
from lab.plugins.linode.ssh_keys import SshKey
from lab.plugins.serving import trust_the_system


def provider() -> TableProvider:
    """The stand-in."""
    cloud = Cloud()
    resources: dict[str, Resource] = {
        "linode:index/instance:Instance": Instance(cloud),
        "linode:index/firewall:Firewall": Firewall(cloud),
        "linode:index/sshKey:SshKey": SshKey(cloud),
    }
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
