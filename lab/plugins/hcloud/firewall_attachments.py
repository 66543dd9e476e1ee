"""`hcloud:index/firewallAttachment:FirewallAttachment`."""

from lab.plugins.framework import PluginError, Resource, Values
from lab.plugins.hcloud.cloud import Cloud, by_id, plain_errors, wait
from lab.plugins.hcloud.firewall_schema import ATTACHMENT
from lab.plugins.hcloud.firewall_targets import remove, target_state, targets
from lab.plugins.hcloud.vendor import Vendor, hcloud


class FirewallAttachment(Resource):
    """The servers and label selectors that a firewall is applied to."""

    schema = ATTACHMENT

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def create(self, inputs: Values) -> tuple[str, Values]:
        """See Resource."""
        wanted = targets(_attached(inputs))
        if not wanted:
            raise PluginError("no resources referenced")
        with plain_errors():
            try:
                wait(self._firewall(inputs).apply_to_resources(wanted))
            except hcloud.APIException as error:
                if error.code != "firewall_already_applied":
                    raise
            return str(inputs["firewallId"]), {}

    def read(self, resource_id: str, state: Values) -> Values | None:
        """See Resource."""
        del state
        with plain_errors():
            firewall = by_id(self._cloud.api.firewalls, resource_id)
        if firewall is None:
            return None
        seen = [target_state(target) for target in firewall.applied_to]
        return {
            "firewallId": firewall.id,
            "serverIds": [target["server"] for target in seen if "server" in target],
            "labelSelectors": [t["labelSelector"] for t in seen if "labelSelector" in t],
        }

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """See Resource."""
        now = self.read(resource_id, state)
        if now is None:
            raise PluginError(f"firewall with ID '{resource_id}' not found")
        old, new = _attached(now), _attached(inputs)
        with plain_errors():
            firewall = self._firewall(inputs)
            remove(firewall, targets([target for target in old if target not in new]))
            more = targets([target for target in new if target not in old])
            if more:
                wait(firewall.apply_to_resources(more))
        return {}

    def delete(self, resource_id: str, state: Values) -> None:
        """See Resource."""
        with plain_errors():
            firewall = by_id(self._cloud.api.firewalls, resource_id)
            if firewall is not None:
                there = [target_state(target) for target in firewall.applied_to]
                remove(firewall, targets([t for t in _attached(state) if t in there]))

    def _firewall(self, inputs: Values) -> Vendor:
        return self._cloud.api.firewalls.get_by_id(inputs["firewallId"])


def _attached(values: Values) -> list[Values]:
    servers = [{"server": key} for key in values.get("serverIds") or []]
    return servers + [{"labelSelector": text} for text in values.get("labelSelectors") or []]
