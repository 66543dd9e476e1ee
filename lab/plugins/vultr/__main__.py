"""`python -m lab.plugins.vultr VERSION ENGINE-ADDRESS`, as its executable starts it."""

import sys

from lab.plugins.framework import Resource, TableProvider, serve
from lab.plugins.vultr.cloud import CONFIG, Cloud
from lab.plugins.vultr.data_sources import DataSources
from lab.plugins.vultr.firewalls import FirewallGroup, FirewallRule
from lab.plugins.vultr.instances import Instance
from lab.plugins.vultr.keys import SshKey, StartupScript


def provider(cloud: Cloud | None = None) -> TableProvider:
    """The stand-in."""
    cloud = cloud or Cloud()
    resources: dict[str, Resource] = {
        "vultr:index/instance:Instance": Instance(cloud),
        "vultr:index/firewallGroup:FirewallGroup": FirewallGroup(cloud),
        "vultr:index/firewallRule:FirewallRule": FirewallRule(cloud),
        "vultr:index/sSHKey:SSHKey": SshKey(cloud),
        "vultr:index/startupScript:StartupScript": StartupScript(cloud),
    }
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
