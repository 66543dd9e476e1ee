"""Run by the engine as `pulumi-resource-linode`."""

import os
from pathlib import Path

from lab.plugins.framework import Resource, TableProvider, serve
from lab.plugins.linode.cloud import CONFIG, Cloud
from lab.plugins.linode.data_sources import DataSources
from lab.plugins.linode.firewalls import Firewall
from lab.plugins.linode.instances import Instance
from lab.plugins.linode.ssh_keys import SshKey

VERSION = "6.8.0"
"""Of the SDK that programs bring."""

SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


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
    if SYSTEM_CERTIFICATES.exists():
        # `requests` would trust its own list; a plugin in Go trusts the system's.
        os.environ["REQUESTS_CA_BUNDLE"] = str(SYSTEM_CERTIFICATES)
    serve(provider(), version=VERSION)


if __name__ == "__main__":
    main()
