"""Ask the provider, before anything is created, whether what the settings name can be had."""

from collections.abc import Mapping

import pulumi

from components.vps.catalog import Catalog
from components.vps.offer import Offer, choose_offer, runs_as_wanted
from settings import (
    AnyRentedServer,
    DigitalOceanServer,
    ExistingServer,
    HcloudServer,
    LinodeServer,
    RentedServer,
    ServerSettings,
    VultrServer,
)
from settings.credentials import token_of


def read_catalog(server: AnyRentedServer) -> Catalog:
    """What the provider of this server sells now.

    Raises:
        pulumi.RunError: The token is refused, or the provider does not answer.
    """
    match server:
        case HcloudServer():
            from components.vps.hcloud import hcloud_catalog

            return hcloud_catalog(token_of("hcloud"))
        case LinodeServer():
            from components.vps.linode import linode_catalog

            return linode_catalog(token_of("linode"))
        case VultrServer():
            from components.vps.vultr import vultr_catalog

            return vultr_catalog(token_of("vultr"), server.wanted_regions)
        case DigitalOceanServer():
            from components.vps.digitalocean import digitalocean_catalog

            return digitalocean_catalog(token_of("digitalocean"))


def preflight_server(
    server: ServerSettings, recorded: Mapping[str, str] | None, disk_gb: int | None = None
) -> Offer | None:
    """What will be rented, and for how much; None for a machine the user has.

    A sold-out size, or a provider that does not answer, must not stop an edit of a stack whose
    server runs already.

    Args:
        server: Its settings.
        recorded: The output `server` of the last run.
        disk_gb: The output `serverDisk`; None where there was none.

    Raises:
        pulumi.RunError: The size cannot be ordered, or the running server cannot become what is
            asked for; the message says what works instead.
    """
    if isinstance(server, ExistingServer):
        return None
    running = recorded if recorded and recorded.get("provider") == server.provider else None
    _refuse_renamed_admin(server, running)
    unchanged = runs_as_wanted(server, running)
    if isinstance(server, VultrServer) and not unchanged:
        from components.vps.vultr_vpc2 import refuse_unreadable

        refuse_unreadable(token_of("vultr"))
    try:
        catalog = read_catalog(server)
    except pulumi.RunError as error:
        if running is None or not unchanged:
            raise
        pulumi.log.warn(f"the price of the running server is not known now: {error}")
        return Offer(
            region=running["region"], monthly_cost=None, currency="", source="not known now"
        )
    return choose_offer(
        server, catalog, running, project=pulumi.get_project(), disk_gb=disk_gb if running else None
    )


def _refuse_renamed_admin(server: RentedServer, running: Mapping[str, str] | None) -> None:
    before = (running or {}).get("admin", server.admin)
    if before != server.admin:
        key = f"{pulumi.get_project()}:server.admin"
        raise pulumi.RunError(
            f"{key}: the account {before} was made at the server's first boot and "
            f"cannot be renamed; set it back: pulumi config set --path {key} {before} "
            "- or, for a new server, run pulumi destroy before pulumi up"
        )
