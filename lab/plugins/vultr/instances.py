"""`vultr:index/instance:Instance`."""

import base64

from lab.plugins.framework import Failure, InitFailedError, PluginError, Resource, Values
from lab.plugins.vultr.cloud import Cloud, Explained
from lab.plugins.vultr.instance_schema import (
    INSTANCE,
    NOT_OFFERED,
    SYSTEMS,
    request_of,
    state_of,
)


class Instance(Resource):
    """A rented instance."""

    schema = INSTANCE

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def check(self, inputs: Values) -> list[Failure]:
        """See Resource; nothing is looked at here, what is booted least of all."""
        del inputs
        return []

    def create(self, inputs: Values) -> tuple[str, Values]:
        """See Resource; an instance that came up wrong is kept in the state."""
        _expect_offered(inputs)
        _expect_schedule(inputs)
        systems = [name for name in SYSTEMS if inputs.get(name)]
        if not systems:
            raise PluginError("error occurred while getting your intended os type")
        if len(systems) > 1:
            raise PluginError(f"too many options have been selected : {systems}")
        body = request_of(inputs)
        # The published plugin encodes it, too: programs give it in clear.
        body["user_data"] = base64.b64encode(str(inputs.get("userData", "")).encode()).decode()
        with Explained("error creating server"):
            made = self._cloud.call("POST", "/instances", body)["instance"]
        key = str(made["id"])
        try:
            self._await(key, "status", "active")
            self._await(key, "power_status", "running")
            self._set_schedule(key, inputs)
            state = self.read(key, inputs) or {}
        except PluginError as error:
            raise InitFailedError(str(error), resource_id=key, state=state_of(made)) from error
        return key, {**state, "defaultPassword": made.get("default_password", "")}

    def read(self, resource_id: str, state: Values) -> Values | None:
        """See Resource; as with the published plugin, one that is gone is an error.

        It looks for "invalid instance ID", and Vultr says "instance not found" now.
        """
        with Explained(f"error getting instance ({resource_id})"):
            found = self._cloud.call("GET", f"/instances/{resource_id}")["instance"]
            schedule = self._cloud.get(
                f"/instances/{resource_id}/backup-schedule", "backup_schedule"
            )
        backups = "enabled" if schedule and schedule["enabled"] else "disabled"
        shown = {**state_of(found), "backups": backups}
        # A list that was never given is not one that was emptied.
        return shown if shown["tags"] or state.get("tags") else {**shown, "tags": None}

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """See Resource; another plan means that the instance restarts."""
        _expect_offered(inputs)
        _expect_schedule(inputs)
        changed = set(self.schema.diff(state, inputs).names)
        body: Values = {"enable_ipv6": bool(inputs.get("enableIpv6"))}
        always = {"label": "label", "firewallGroupId": "firewall_group_id"}
        body |= {theirs: inputs[ours] for ours, theirs in always.items() if inputs.get(ours)}
        if "tags" in changed:
            body["tags"] = inputs.get("tags", [])
        for name, theirs in (("plan", "plan"), ("backups", "backups")):
            if name in changed:
                body[theirs] = inputs[name]
        if "ddosProtection" in changed:
            body["ddos_protection"] = inputs["ddosProtection"]
        with Explained(f"error updating instance {resource_id}"):
            self._cloud.call("PATCH", f"/instances/{resource_id}", body)
        if "backupsSchedule" in changed:
            self._set_schedule(resource_id, inputs)
        if "plan" in changed:
            self._await(resource_id, "plan", inputs["plan"])
        return self.read(resource_id, inputs) or {}

    def delete(self, resource_id: str, state: Values) -> None:
        """Remove it; as with the published plugin, one that is gone already is an error."""
        del state
        with Explained(f"error destroying instance {resource_id}"):
            self._cloud.call("DELETE", f"/instances/{resource_id}")

    def _await(self, key: str, field: str, wanted: str) -> None:
        def look() -> str:
            with Explained(f"error retrieving Server {key}"):
                return str(self._cloud.call("GET", f"/instances/{key}")["instance"][field])

        self._cloud.wait(look, wanted, f"Server {key}")

    def _set_schedule(self, key: str, inputs: Values) -> None:
        if inputs.get("backups") == "enabled":
            with Explained("error setting backup schedule"):
                path = f"/instances/{key}/backup-schedule"
                self._cloud.call("POST", path, inputs["backupsSchedule"])


def _expect_offered(inputs: Values) -> None:
    for name in NOT_OFFERED:
        if inputs.get(name):
            raise PluginError(f"the lab's stand-in does not offer an instance's {name}")


def _expect_schedule(inputs: Values) -> None:
    enabled, scheduled = inputs.get("backups") == "enabled", bool(inputs.get("backupsSchedule"))
    if enabled and not scheduled:
        raise PluginError("Backups are set to enabled please provide a backups_schedule")
    if scheduled and not enabled:
        raise PluginError("Backups are set to disabled please remove backups_schedule")
