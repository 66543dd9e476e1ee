"""`digitalocean:index/firewall:Firewall`."""

from lab.plugins.digitalocean.cloud import ApiError, Cloud
from lab.plugins.digitalocean.firewall_schema import ENDS, FIREWALL, from_api, to_api
from lab.plugins.framework import UNKNOWN, Failure, PluginError, Resource, Values


class Firewall(Resource):
    """A firewall with its rules."""

    schema = FIREWALL

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def check(self, inputs: Values) -> list[Failure]:
        """See Resource."""
        if not any(inputs.get(field) for field in ENDS):
            return [Failure(path="", reason="At least one rule must be specified")]
        failures = []
        for field in ENDS:
            rules = inputs.get(field, [])
            for rule in [] if rules is UNKNOWN else rules:
                known = rule is not UNKNOWN and rule["protocol"] is not UNKNOWN
                if known and rule["protocol"] != "icmp" and not rule.get("portRange"):
                    reason = f"`port_range` of {field.removesuffix('Rules')} rules is required if protocol is `tcp` or `udp`"  # noqa: E501 - the published words
                    failures.append(Failure(path=field, reason=reason))
        return failures

    def create(self, inputs: Values) -> tuple[str, Values]:
        """See Resource."""
        try:
            made = self._cloud.call("POST", "/firewalls", _body(inputs))["firewall"]
        except PluginError as error:
            raise PluginError(f"Error creating firewall: {error}") from error
        return made["id"], self.read(made["id"], inputs) or {}

    def read(self, resource_id: str, state: Values) -> Values | None:
        """See Resource."""
        del state
        answer = self._cloud.found(f"/firewalls/{resource_id}")
        return None if answer is None else _state(answer["firewall"])

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """See Resource."""
        del state
        try:
            self._cloud.call("PUT", f"/firewalls/{resource_id}", _body(inputs))
        except PluginError as error:
            raise PluginError(f"Error updating firewall: {error}") from error
        return self.read(resource_id, inputs) or {}

    def delete(self, resource_id: str, state: Values) -> None:
        """Remove it; one that is gone already is an error.

        The published plugin looks for other words of a 404 than its client has.
        """
        del state
        try:
            self._cloud.call("DELETE", f"/firewalls/{resource_id}")
        except ApiError as error:
            raise PluginError(f"Error deleting firewall: {error}") from error


def _body(inputs: Values) -> Values:
    return {
        "name": inputs["name"],
        "droplet_ids": inputs.get("dropletIds", []),
        "tags": inputs.get("tags", []),
        "inbound_rules": to_api("inboundRules", inputs.get("inboundRules", [])),
        "outbound_rules": to_api("outboundRules", inputs.get("outboundRules", [])),
    }


def _state(firewall: Values) -> Values:
    changes = firewall["pending_changes"]
    return {
        "name": firewall["name"],
        "status": firewall["status"],
        "createdAt": firewall["created_at"],
        "dropletIds": firewall["droplet_ids"],
        "tags": firewall["tags"],
        "inboundRules": from_api("inboundRules", firewall["inbound_rules"]),
        "outboundRules": from_api("outboundRules", firewall["outbound_rules"]),
        "pendingChanges": [
            {"dropletId": c["droplet_id"], "removing": c["removing"], "status": c["status"]}
            for c in changes
        ],
    }
