"""Run by the engine as `pulumi-resource-digitalocean`."""

from importlib.metadata import version

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
    serve(provider(), version=version("pulumi-digitalocean"))


if __name__ == "__main__":
    main()
