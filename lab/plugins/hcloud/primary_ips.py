"""`hcloud:index/primaryIp:PrimaryIp`."""

from ipaddress import ip_network

from lab.plugins.framework import (
    Boolean,
    Failure,
    Integer,
    MapOf,
    Property,
    Resource,
    Schema,
    String,
    Values,
)
from lab.plugins.hcloud.cloud import Cloud, by_id, plain_errors, wait
from lab.plugins.hcloud.labels import check_labels
from lab.plugins.hcloud.vendor import Vendor, hcloud

PRIMARY_IP = Schema(
    inputs={
        "name": Property(String(), autoname=True),
        "type": Property(String(), required=True, replaces=True),
        "location": Property(String(), computed=True, replaces=True),
        "assigneeId": Property(Integer(), computed=True),
        "assigneeType": Property(String(), computed=True),
        "autoDelete": Property(Boolean(), default=False),
        "deleteProtection": Property(Boolean(), default=False),
        "labels": Property(MapOf(String()), check=check_labels),
    },
    outputs=("ipAddress", "ipNetwork"),
    strict=False,
)


class PrimaryIp(Resource):
    """An address that outlives the servers it is given to."""

    schema = PRIMARY_IP

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def check(self, inputs: Values) -> list[Failure]:
        """See Resource."""
        if ("location" in inputs) == ("assigneeId" in inputs):
            reason = "Exactly one of these attributes must be configured: [location,assignee_id]"
            return [Failure(path="", reason=reason)]
        if "assigneeId" in inputs and "assigneeType" not in inputs:
            reason = "These attributes must be configured together: [assignee_id,assignee_type]"
            return [Failure(path="assigneeId", reason=reason)]
        return []

    def create(self, inputs: Values) -> tuple[str, Values]:
        """See Resource."""
        with plain_errors():
            made = self._cloud.api.primary_ips.create(
                name=inputs["name"],
                type=inputs["type"],
                location=hcloud.locations.Location(name=inputs["location"])
                if "location" in inputs
                else None,
                assignee_id=inputs.get("assigneeId"),
                assignee_type=inputs.get("assigneeType", "server"),
                auto_delete=inputs.get("autoDelete", False),
                labels=inputs.get("labels"),
            )
            wait([made.action])
            if inputs.get("deleteProtection"):
                wait([made.primary_ip.change_protection(delete=True)])
            return str(made.primary_ip.id), self.read(str(made.primary_ip.id), inputs) or {}

    def read(self, resource_id: str, state: Values) -> Values | None:
        """See Resource."""
        del state
        with plain_errors():
            primary_ip = by_id(self._cloud.api.primary_ips, resource_id)
            return None if primary_ip is None else _state(primary_ip)

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """See Resource."""
        changed = self.schema.diff(state, inputs).names
        with plain_errors():
            primary_ip = self._cloud.api.primary_ips.get_by_id(int(resource_id))
            if "deleteProtection" in changed:
                wait([primary_ip.change_protection(delete=inputs["deleteProtection"])])
            if "assigneeId" in changed:
                if state.get("assigneeId"):
                    wait([primary_ip.unassign()])
                if inputs.get("assigneeId"):
                    kind = inputs.get("assigneeType", "server")
                    wait([primary_ip.assign(inputs["assigneeId"], kind)])
            updated = primary_ip.update(
                name=inputs["name"],
                labels=inputs.get("labels", {}),
                auto_delete=inputs.get("autoDelete", False),
            )
            return _state(updated)

    def delete(self, resource_id: str, state: Values) -> None:
        """See Resource."""
        del state
        with plain_errors():
            primary_ip = by_id(self._cloud.api.primary_ips, resource_id)
            if primary_ip is not None:
                primary_ip.delete()


def _state(primary_ip: Vendor) -> Values:
    six = primary_ip.type == "ipv6"
    network = ip_network(primary_ip.ip) if six else None
    return {
        "name": primary_ip.name,
        "type": primary_ip.type,
        "location": primary_ip.location.name,
        "assigneeId": primary_ip.assignee_id or 0,
        "assigneeType": primary_ip.assignee_type,
        "autoDelete": primary_ip.auto_delete,
        "deleteProtection": primary_ip.protection["delete"],
        "labels": primary_ip.labels,
        "ipAddress": primary_ip.ip if network is None else str(network.network_address),
        "ipNetwork": None if network is None else str(network),
    }
