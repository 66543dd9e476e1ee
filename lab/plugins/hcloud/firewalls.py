"""`hcloud:index/firewall:Firewall`."""

import time

from lab.plugins.framework import Resource, Values
from lab.plugins.hcloud.cloud import Cloud, by_id, plain_errors, wait
from lab.plugins.hcloud.firewall_schema import FIREWALL, normal_rules
from lab.plugins.hcloud.firewall_targets import remove, target_state, targets
from lab.plugins.hcloud.vendor import Vendor, hcloud

PATIENCE_SECONDS = 30.0
"""How long a firewall may still be said to be in use after it was removed everywhere."""


class Firewall(Resource):
    """A firewall with its rules."""

    schema = FIREWALL

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def create(self, inputs: Values) -> tuple[str, Values]:
        """See Resource."""
        with plain_errors():
            made = self._cloud.api.firewalls.create(
                name=inputs["name"],
                labels=inputs.get("labels"),
                rules=_rules(inputs),
                resources=targets(inputs.get("applyTos", [])) or None,
            )
            wait(made.actions)
            return str(made.firewall.id), self.read(str(made.firewall.id), inputs) or {}

    def read(self, resource_id: str, state: Values) -> Values | None:
        """See Resource."""
        del state
        with plain_errors():
            firewall = by_id(self._cloud.api.firewalls, resource_id)
        if firewall is None:
            return None
        return {
            "name": firewall.name,
            "labels": firewall.labels or {},
            "rules": [_rule_state(rule) for rule in firewall.rules],
            "applyTos": [target_state(target) for target in firewall.applied_to],
        }

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """See Resource."""
        changed = set(self.schema.diff(state, inputs).names)
        with plain_errors():
            firewall = self._cloud.api.firewalls.get_by_id(int(resource_id))
            if changed & {"name", "labels"}:
                firewall.update(name=inputs["name"], labels=inputs.get("labels"))
            if "rules" in changed:
                wait(firewall.set_rules(_rules(inputs)))
            if "applyTos" in changed:
                old, new = state.get("applyTos") or [], inputs["applyTos"]
                less = [target for target in old if target not in new]
                more = [target for target in new if target not in old]
                remove(firewall, targets(less))
                if more:
                    wait(firewall.apply_to_resources(targets(more)))
            return self.read(resource_id, inputs) or {}

    def delete(self, resource_id: str, state: Values) -> None:
        """See Resource; it is removed from what it is applied to first."""
        del state
        with plain_errors():
            firewall = by_id(self._cloud.api.firewalls, resource_id)
            if firewall is None:
                return
            remove(firewall, firewall.applied_to)
            give_up = time.monotonic() + PATIENCE_SECONDS
            while True:
                try:
                    firewall.delete()
                except hcloud.APIException as error:
                    if error.code == "not_found":
                        return
                    if error.code != "resource_in_use" or time.monotonic() > give_up:
                        raise
                    time.sleep(0.5)
                else:
                    return


def _rules(inputs: Values) -> list[Vendor]:
    return [
        hcloud.firewalls.FirewallRule(
            direction=rule["direction"],
            protocol=rule["protocol"],
            source_ips=rule.get("sourceIps", []),
            destination_ips=rule.get("destinationIps", []),
            port=rule.get("port") or None,
            description=rule.get("description") or None,
        )
        for rule in normal_rules(inputs.get("rules", []))
    ]


def _rule_state(rule: Vendor) -> Values:
    return {
        "direction": rule.direction,
        "protocol": rule.protocol,
        "port": rule.port,
        "sourceIps": rule.source_ips,
        "destinationIps": rule.destination_ips,
        "description": rule.description,
    }
