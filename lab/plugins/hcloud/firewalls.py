"""`hcloud:index/firewall:Firewall` and `hcloud:index/firewallAttachment:FirewallAttachment`."""

import time

from hcloud import APIException
from hcloud.firewalls import FirewallResource, FirewallResourceLabelSelector, FirewallRule
from hcloud.servers import Server as ServerModel

from lab.plugins.framework import PluginError, Resource, Values
from lab.plugins.hcloud.cloud import Cloud, Vendor, by_id, plain_errors, wait
from lab.plugins.hcloud.firewall_schema import ATTACHMENT, FIREWALL, normal_rules

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
                resources=_targets(inputs.get("applyTos", [])) or None,
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
            "applyTos": [_target_state(target) for target in firewall.applied_to],
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
                _remove(firewall, _targets(less))
                if more:
                    wait(firewall.apply_to_resources(_targets(more)))
            return self.read(resource_id, inputs) or {}

    def delete(self, resource_id: str, state: Values) -> None:
        """See Resource; it is removed from what it is applied to first."""
        del state
        with plain_errors():
            firewall = by_id(self._cloud.api.firewalls, resource_id)
            if firewall is None:
                return
            _remove(firewall, firewall.applied_to)
            give_up = time.monotonic() + PATIENCE_SECONDS
            while True:
                try:
                    firewall.delete()
                except APIException as error:
                    if error.code == "not_found":
                        return
                    if error.code != "resource_in_use" or time.monotonic() > give_up:
                        raise
                    time.sleep(0.5)
                else:
                    return


class FirewallAttachment(Resource):
    """The servers and label selectors that a firewall is applied to."""

    schema = ATTACHMENT

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def create(self, inputs: Values) -> tuple[str, Values]:
        """See Resource."""
        targets = _targets(_attached(inputs))
        if not targets:
            raise PluginError("no resources referenced")
        with plain_errors():
            try:
                wait(self._firewall(inputs).apply_to_resources(targets))
            except APIException as error:
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
        seen = [_target_state(target) for target in firewall.applied_to]
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
            _remove(firewall, _targets([target for target in old if target not in new]))
            more = _targets([target for target in new if target not in old])
            if more:
                wait(firewall.apply_to_resources(more))
        return {}

    def delete(self, resource_id: str, state: Values) -> None:
        """See Resource."""
        with plain_errors():
            firewall = by_id(self._cloud.api.firewalls, resource_id)
            if firewall is not None:
                there = [_target_state(target) for target in firewall.applied_to]
                _remove(firewall, _targets([t for t in _attached(state) if t in there]))

    def _firewall(self, inputs: Values) -> Vendor:
        return self._cloud.api.firewalls.get_by_id(inputs["firewallId"])


def _attached(values: Values) -> list[Values]:
    servers = [{"server": key} for key in values.get("serverIds") or []]
    return servers + [{"labelSelector": text} for text in values.get("labelSelectors") or []]


def _remove(firewall: Vendor, targets: list[FirewallResource]) -> None:
    """Remove a firewall from resources; fine for one that is gone."""
    for target in targets:
        try:
            wait(firewall.remove_from_resources([target]))
        except APIException as error:
            if error.code != "firewall_resource_not_found":
                raise


def _targets(targets: list[Values]) -> list[FirewallResource]:
    return [
        FirewallResource(
            type="label_selector",
            label_selector=FirewallResourceLabelSelector(target["labelSelector"]),
        )
        if target.get("labelSelector")
        else FirewallResource(type="server", server=ServerModel(id=target["server"]))
        for target in targets
    ]


def _target_state(target: Vendor) -> Values:
    if target.type == FirewallResource.TYPE_LABEL_SELECTOR:
        return {"labelSelector": target.label_selector.selector}
    return {"server": target.server.id}


def _rules(inputs: Values) -> list[FirewallRule]:
    return [
        FirewallRule(
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
