"""`linode:index/firewall:Firewall`."""

from lab.plugins.framework import PluginError, Resource, Values
from lab.plugins.linode.cloud import Cloud
from lab.plugins.linode.firewall_schema import DEVICES, FIREWALL, RULES


class Firewall(Resource):
    """A firewall with its rules and what is behind it."""

    schema = FIREWALL

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def create(self, inputs: Values) -> tuple[str, Values]:
        """See Resource."""
        devices = {"linodes": "linodes", "nodebalancers": "nodebalancers"}
        devices["interfaces"] = "linode_interfaces"
        body = {
            "label": inputs["label"],
            "tags": inputs["tags"],
            "rules": _rules(inputs),
            "devices": {theirs: inputs[ours] for ours, theirs in devices.items()},
        }
        resource_id = str(self._cloud.post("/networking/firewalls", body)["id"])
        if inputs["disabled"]:
            self._cloud.put(f"/networking/firewalls/{resource_id}", {"status": "disabled"})
        return resource_id, self._made(resource_id, inputs)

    def read(self, resource_id: str, state: Values) -> Values | None:
        """See Resource."""
        del state
        path = f"/networking/firewalls/{resource_id}"
        firewall = self._cloud.find(path) if resource_id.isdigit() else None
        if firewall is None:
            return None
        rules, devices = self._cloud.get(f"{path}/rules"), self._cloud.every(f"{path}/devices")
        return {
            "label": firewall["label"],
            "tags": firewall["tags"],
            "status": firewall["status"],
            "disabled": firewall["status"] == "disabled",
            "created": f"{firewall['created']}Z",
            "updated": f"{firewall['updated']}Z",
            "inboundPolicy": rules["inbound_policy"],
            "outboundPolicy": rules["outbound_policy"],
            "fingerprint": rules["fingerprint"],
            "version": rules["version"],
            **{ours: [_rule_state(r) for r in rules[theirs]] for ours, theirs in RULES.items()},
            **{
                ours: [d["entity"]["id"] for d in devices if d["entity"]["type"] == theirs]
                for ours, theirs in DEVICES.items()
            },
            "devices": [_device_state(device) for device in devices],
        }

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """See Resource."""
        changed = set(self.schema.diff(state, inputs).names)
        path = f"/networking/firewalls/{resource_id}"
        if changed & {"label", "tags", "disabled"}:
            status = "disabled" if inputs["disabled"] else "enabled"
            body = {"label": inputs["label"], "tags": inputs["tags"], "status": status}
            self._cloud.put(path, body)
        if changed & {"inboundPolicy", "outboundPolicy", *RULES}:
            self._cloud.put(f"{path}/rules", _rules(inputs))
        for ours, theirs in DEVICES.items():
            if ours in changed:
                self._set_devices(path, theirs, set(inputs[ours]))
        return self._made(resource_id, inputs)

    def _made(self, resource_id: str, inputs: Values) -> Values:
        """What there is now, with the devices that were asked for: others show in a refresh."""
        return {**(self.read(resource_id, inputs) or {}), **{k: inputs[k] for k in DEVICES}}

    def delete(self, resource_id: str, state: Values) -> None:
        """Remove it; as with the published plugin, one that is gone already is an error."""
        del state
        if not self._cloud.delete(f"/networking/firewalls/{resource_id}"):
            raise PluginError(f"Failed to Delete Firewall {resource_id}: [404] Not found")

    def _set_devices(self, path: str, kind: str, wanted: set[int]) -> None:
        there = {
            device["entity"]["id"]: device["id"]
            for device in self._cloud.every(f"{path}/devices")
            if device["entity"]["type"] == kind
        }
        for key in there.keys() - wanted:
            self._cloud.delete(f"{path}/devices/{there[key]}")
        for key in sorted(wanted - there.keys()):
            self._cloud.post(f"{path}/devices", {"id": key, "type": kind})


def _rules(inputs: Values) -> Values:
    found: Values = {
        "inbound_policy": inputs["inboundPolicy"],
        "outbound_policy": inputs["outboundPolicy"],
    }
    for ours, theirs in RULES.items():
        found[theirs] = [
            {
                **{k: rule[k] for k in ("label", "action", "protocol", "description") if k in rule},
                "ports": rule.get("ports"),
                "addresses": {"ipv4": rule.get("ipv4s"), "ipv6": rule.get("ipv6s")},
            }
            for rule in inputs.get(ours) or []
        ]
    return found


def _rule_state(rule: Values) -> Values:
    addresses = rule["addresses"]
    state = {
        "label": rule["label"],
        "action": rule["action"],
        "protocol": rule["protocol"],
        "ports": rule.get("ports"),
        "ipv4s": addresses.get("ipv4"),
        "ipv6s": addresses.get("ipv6"),
        "description": rule.get("description") or None,
    }
    return {name: value for name, value in state.items() if value is not None}


def _device_state(device: Values) -> Values:
    entity = device["entity"]
    return {
        "id": device["id"],
        "entityId": entity["id"],
        "type": entity["type"],
        "label": entity["label"],
        "url": entity["url"],
    }
