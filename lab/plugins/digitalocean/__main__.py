"""`python -m lab.plugins.digitalocean VERSION ENGINE-ADDRESS`, as its executable starts it."""

import sys

from lab.plugins.digitalocean.cloud import CONFIG, Cloud
from lab.plugins.digitalocean.data_sources import DataSources
from lab.plugins.digitalocean.droplets import Droplet
from lab.plugins.digitalocean.firewalls import Firewall
from lab.plugins.digitalocean.ssh_keys import SshKey
from lab.plugins.digitalocean.tags import Tag
from lab.plugins.framework import TableProvider, serve


def provider() -> TableProvider:
    """The stand-in."""
    cloud = Cloud()
    kinds = {
        "droplet": Droplet(cloud),
        "firewall": Firewall(cloud),
        "sshKey": SshKey(cloud),
        "tag": Tag(cloud),
    }
    resources = {f"digitalocean:index/{n}:{n[0].upper()}{n[1:]}": each for n, each in kinds.items()}
    return TableProvider(
        resources=resources,
        functions=DataSources(cloud).by_token(),
        config=CONFIG,
        configure=cloud.configure,
    )


def main() -> None:
    """Serve until the engine ends the process."""
    serve(provider(), version=sys.argv[1])


if __name__ == "__main__":
    main()
