"""What a firewall is applied to, as the plugin and as Hetzner's client write it."""

from hcloud import APIException
from hcloud.firewalls import FirewallResource, FirewallResourceLabelSelector
from hcloud.servers import Server

from lab.plugins.framework import Values
from lab.plugins.hcloud.cloud import Vendor, wait


def remove(firewall: Vendor, covered: list[FirewallResource]) -> None:
    """Remove a firewall from resources; fine for one that is gone."""
    for target in covered:
        try:
            wait(firewall.remove_from_resources([target]))
        except APIException as error:
            if error.code != "firewall_resource_not_found":
                raise


def targets(wanted: list[Values]) -> list[FirewallResource]:
    """The client's form of `{"server": id}` and `{"labelSelector": text}`."""
    return [
        FirewallResource(
            type="label_selector",
            label_selector=FirewallResourceLabelSelector(target["labelSelector"]),
        )
        if target.get("labelSelector")
        else FirewallResource(type="server", server=Server(id=target["server"]))
        for target in wanted
    ]


def target_state(target: Vendor) -> Values:
    """The plugin's form of one resource."""
    if target.type == FirewallResource.TYPE_LABEL_SELECTOR:
        return {"labelSelector": target.label_selector.selector}
    return {"server": target.server.id}
