"""What a firewall is applied to, as the plugin and as Hetzner's client write it."""

from lab.plugins.framework import Values
from lab.plugins.hcloud.cloud import wait
from lab.plugins.hcloud.vendor import Vendor, hcloud


def remove(firewall: Vendor, covered: list[Vendor]) -> None:
    """Remove a firewall from resources; fine for one that is gone."""
    for target in covered:
        try:
            wait(firewall.remove_from_resources([target]))
        except hcloud.APIException as error:
            if error.code != "firewall_resource_not_found":
                raise


def targets(wanted: list[Values]) -> list[Vendor]:
    """The client's form of `{"server": id}` and `{"labelSelector": text}`."""
    return [
        hcloud.firewalls.FirewallResource(
            type="label_selector",
            label_selector=hcloud.firewalls.FirewallResourceLabelSelector(target["labelSelector"]),
        )
        if target.get("labelSelector")
        else hcloud.firewalls.FirewallResource(
            type="server", server=hcloud.servers.Server(id=target["server"])
        )
        for target in wanted
    ]


def target_state(target: Vendor) -> Values:
    """The plugin's form of one resource."""
    if target.type == hcloud.firewalls.FirewallResource.TYPE_LABEL_SELECTOR:
        return {"labelSelector": target.label_selector.selector}
    return {"server": target.server.id}
