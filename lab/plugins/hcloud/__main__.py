"""Run by the engine as `pulumi-resource-hcloud`."""

import os
from pathlib import Path

from lab.plugins.framework import TableProvider, serve
from lab.plugins.hcloud.cloud import CONFIG, Cloud
from lab.plugins.hcloud.data_sources import DataSources
from lab.plugins.hcloud.firewall_attachments import FirewallAttachment
from lab.plugins.hcloud.firewalls import Firewall
from lab.plugins.hcloud.primary_ips import PrimaryIp
from lab.plugins.hcloud.rdns import Rdns
from lab.plugins.hcloud.servers import Server
from lab.plugins.hcloud.ssh_keys import SshKey

VERSION = "1.43.3"
"""Of the SDK that programs bring."""

SYSTEM_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


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
    if SYSTEM_CERTIFICATES.exists():
        # `requests` would trust its own list; a plugin in Go trusts the system's.
        os.environ["REQUESTS_CA_BUNDLE"] = str(SYSTEM_CERTIFICATES)
    serve(provider(), version=VERSION)


if __name__ == "__main__":
    main()
