"""A VPS rented from Hetzner Cloud."""

import pulumi
import pulumi_hcloud as hcloud
from pulumi import ResourceOptions

from components.host import Boot, Host
from settings import HcloudServer

OPEN_PORTS = ("22", "80", "443")
EVERYWHERE = ["0.0.0.0/0", "::/0"]


def preflight_hcloud(spec: HcloudServer) -> None:
    """Ask Hetzner, before anything is created, whether this size can be ordered in this region.

    Raises:
        pulumi.RunError: It cannot; the message says what works instead.
    """
    try:
        size = hcloud.get_server_type(name=spec.size)
    except Exception as error:
        raise pulumi.RunError(
            f"Hetzner Cloud does not answer for server.size {spec.size!r}: {error}\n"
            "  Is the token right (pulumi config set --secret hcloud:token), and does this size "
            "exist (https://www.hetzner.com/cloud)?"
        ) from error
    orderable = [
        place.name for place in size.locations if place.available and not place.is_deprecated
    ]
    if spec.region not in orderable:
        remedy = (
            f"it can be ordered in {', '.join(sorted(orderable))}: "
            f"pulumi config set --path {pulumi.get_project()}:server.region {min(orderable)}"
            if orderable
            else "it can be ordered nowhere now; set another server.size"
        )
        raise pulumi.RunError(
            f"{pulumi.get_project()}:server.size: Hetzner Cloud does not sell {spec.size} "
            f"in {spec.region} now; {remedy}"
        )


def provision_hcloud(name: str, spec: HcloudServer, boot: Boot, parent: pulumi.Resource) -> Host:
    """Rent the server, with its login key and its firewall.

    Names are left to Pulumi: a replacement is built beside the old server, and two stacks in one
    account never clash.
    """
    opts = ResourceOptions(parent=parent)
    login_key = hcloud.SshKey(
        f"{name}-login",
        public_key=pulumi.Output.from_input(boot.identity.public_key).apply(str.strip),
        labels=boot.labels,
        opts=opts,
    )
    firewall = hcloud.Firewall(
        f"{name}-firewall",
        labels=boot.labels,
        rules=[
            hcloud.FirewallRuleArgs(
                direction="in", protocol="tcp", port=port, source_ips=EVERYWHERE
            )
            for port in OPEN_PORTS
        ],
        opts=opts,
    )
    server = hcloud.Server(
        f"{name}-server",
        server_type=spec.size,
        image=spec.image,
        location=spec.region,
        # Without a key of its own a new server gets a root password, sent by e-mail.
        ssh_keys=[login_key.id],
        firewall_ids=[firewall.id.apply(int)],
        user_data=boot.user_data,
        # A disk that has grown can never shrink: a larger size could not be taken back.
        keep_disk=True,
        labels=boot.labels,
        opts=ResourceOptions(
            parent=parent,
            # Read at the first boot only: an edit must not replace a running server. What may
            # change later (server.authorized_keys) is set by the boot step.
            ignore_changes=["userData"],
        ),
    )
    return Host(
        address=server.ipv4_address,
        address6=server.ipv6_address,
        user=spec.admin,
        host_key=boot.host_key,
        identity=boot.identity,
        # Another size reboots it: every step then looks at it again, and waits until it is back.
        machine_id=pulumi.Output.concat(server.id, " ", server.server_type),
        machine=server,
    )
