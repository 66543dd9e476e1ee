"""`vultr:index/firewallGroup:FirewallGroup` and `vultr:index/firewallRule:FirewallRule`."""

from lab.plugins.framework import Integer, Property, Resource, Schema, String, Values
from lab.plugins.vultr.choices import is_address, one_of
from lab.plugins.vultr.cloud import Cloud, Explained

GROUP = Schema(
    inputs={"description": Property(String(), default="")},
    outputs=("dateCreated", "dateModified", "instanceCount", "ruleCount", "maxRuleCount"),
)
RULE = Schema(
    inputs={
        "firewallGroupId": Property(String(), required=True, replaces=True),
        "ipType": Property(
            String(), required=True, replaces=True, check=one_of("ip_type", "v4", "v6")
        ),
        "protocol": Property(
            String(),
            required=True,
            replaces=True,
            check=one_of("protocol", "icmp", "tcp", "udp", "gre", "ah", "esp"),
        ),
        "subnet": Property(String(), required=True, replaces=True, check=is_address),
        "subnetSize": Property(Integer(), required=True, replaces=True),
        "port": Property(String(), replaces=True, default=""),
        "source": Property(
            String(), replaces=True, default="", check=one_of("source", "", "cloudflare")
        ),
        "notes": Property(String(), replaces=True, default=""),
    }
)
_SENT = {
    "ipType": "ip_type",
    "protocol": "protocol",
    "subnet": "subnet",
    "subnetSize": "subnet_size",
    "port": "port",
    "source": "source",
    "notes": "notes",
}


class FirewallGroup(Resource):
    """A set of rules that instances are linked to."""

    schema = GROUP

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def create(self, inputs: Values) -> tuple[str, Values]:
        """See Resource."""
        with Explained("error creating firewall group"):
            body = {"description": inputs["description"]}
            made = self._cloud.call("POST", "/firewalls", body)["firewall_group"]
        return str(made["id"]), _group_state(made)

    def read(self, resource_id: str, state: Values) -> Values | None:
        """See Resource."""
        del state
        with Explained(f"error getting firewall group {resource_id} "):
            found = self._cloud.get(f"/firewalls/{resource_id}", "firewall_group")
        return None if found is None else _group_state(found)

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """See Resource."""
        with Explained(f"error updating firewall group {resource_id} "):
            body = {"description": inputs["description"]}
            self._cloud.call("PUT", f"/firewalls/{resource_id}", body)
        return self.read(resource_id, state) or {}

    def delete(self, resource_id: str, state: Values) -> None:
        """Remove it; one that is gone already is an error, as with the published plugin."""
        del state
        with Explained(f"error destroying firewall group {resource_id}"):
            self._cloud.call("DELETE", f"/firewalls/{resource_id}")


def _group_state(group: Values) -> Values:
    return {
        "description": group["description"],
        "dateCreated": group["date_created"],
        "dateModified": group["date_modified"],
        "instanceCount": group["instance_count"],
        "ruleCount": group["rule_count"],
        "maxRuleCount": group["max_rule_count"],
    }


class FirewallRule(Resource):
    """One rule: a port, from one subnet."""

    schema = RULE

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def create(self, inputs: Values) -> tuple[str, Values]:
        """See Resource."""
        body = {theirs: inputs[ours] for ours, theirs in _SENT.items() if ours in inputs}
        with Explained("error creating firewall rule "):
            path = f"/firewalls/{inputs['firewallGroupId']}/rules"
            made = self._cloud.call("POST", path, body)["firewall_rule"]
        return str(made["id"]), _rule_state(made)

    def read(self, resource_id: str, state: Values) -> Values | None:
        """See Resource; an import names both: `group,rule`."""
        group, comma, rule = resource_id.partition(",")
        if not comma:
            group, rule = str(state.get("firewallGroupId", "")), resource_id
        with Explained(f"error getting firewall rule {group}"):
            found = self._cloud.get(f"/firewalls/{group}/rules/{rule}", "firewall_rule")
        return None if found is None else {**_rule_state(found), "firewallGroupId": group}

    def delete(self, resource_id: str, state: Values) -> None:
        """Remove it; one that is gone already is an error, as with the published plugin."""
        with Explained(f"error destroying firewall rule {resource_id}"):
            path = f"/firewalls/{state['firewallGroupId']}/rules/{resource_id}"
            self._cloud.call("DELETE", path)


def _rule_state(rule: Values) -> Values:
    return {ours: rule[theirs] for ours, theirs in _SENT.items()}
