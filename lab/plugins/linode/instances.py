"""`linode:index/instance:Instance`."""

from lab.plugins.framework import (
    Failure,
    InitFailedError,
    PluginError,
    Resource,
    Values,
)
from lab.plugins.linode.cloud import Cloud
from lab.plugins.linode.instance_request import alerts_of, request_of
from lab.plugins.linode.instance_schema import INSTANCE, NEED_IMAGE, NOT_OFFERED
from lab.plugins.linode.instance_state import state_of

CREATE_SECONDS, UPDATE_SECONDS, DELETE_SECONDS = 900.0, 3600.0, 600.0
SIMPLE = {
    "label": "label",
    "tags": "tags",
    "watchdogEnabled": "watchdog_enabled",
    "maintenancePolicy": "maintenance_policy",
}


class Instance(Resource):
    """A rented Linode."""

    schema = INSTANCE

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def check(self, inputs: Values) -> list[Failure]:
        """See Resource."""
        if "image" in inputs:
            return []
        return [
            Failure(path=name, reason=f'"{name}": all of `{name},image` must be specified')
            for name in NEED_IMAGE
            if inputs.get(name)
        ]

    def create(self, inputs: Values) -> tuple[str, Values]:
        """See Resource; a Linode that came up wrong is kept in the state."""
        for name in NOT_OFFERED:
            if inputs.get(name):
                raise PluginError(f"the lab's stand-in does not offer an instance's {name}")
        body = request_of(inputs)
        made = self._cloud.post("/linode/instances", body)
        resource_id = str(made["id"])
        try:
            later: Values = {}
            if not inputs["watchdogEnabled"]:
                later["watchdog_enabled"] = False
            if inputs.get("alerts"):
                later["alerts"] = alerts_of(inputs["alerts"])
            if later:
                self._cloud.put(f"/linode/instances/{resource_id}", later)
            running = bool(body["booted"] and body.get("image"))
            self._wait(resource_id, "running" if running else "offline", CREATE_SECONDS)
            return resource_id, self.read(resource_id, inputs) or {}
        except PluginError as error:
            state = state_of(made, None, [], [])
            raise InitFailedError(str(error), resource_id=resource_id, state=state) from error

    def read(self, resource_id: str, state: Values) -> Values | None:
        """See Resource."""
        path = f"/linode/instances/{resource_id}"
        instance = self._cloud.find(path) if resource_id.isdigit() else None
        if instance is None:
            return None
        ips = self._cloud.get(f"{path}/ips")
        disks, configs = self._cloud.every(f"{path}/disks"), self._cloud.every(f"{path}/configs")
        now = state_of(instance, ips, disks, configs)
        # Thresholds that the program does not name are Linode's own business.
        named = state.get("alerts") or now["alerts"]
        return {**now, "alerts": {name: now["alerts"].get(name) for name in named}}

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """See Resource; another type means that the Linode is off for a while."""
        changed = set(self.schema.diff(state, inputs).names)
        for name in {*NOT_OFFERED} & changed:
            raise PluginError(f"the lab's stand-in cannot change an instance's {name}")
        path = f"/linode/instances/{resource_id}"
        simple = {SIMPLE[name]: inputs.get(name) for name in changed & set(SIMPLE)}
        if "alerts" in changed:
            simple["alerts"] = alerts_of(inputs["alerts"])
        if simple:
            self._cloud.put(path, simple)
        if "backupsEnabled" in changed:
            self._cloud.post(f"{path}/backups/{'enable' if inputs['backupsEnabled'] else 'cancel'}")
        if "privateIp" in changed:
            if not inputs["privateIp"]:
                raise PluginError(
                    f"Error removing private IP address for Instance {resource_id}: Removing a "
                    "Private IP address must be handled through a support ticket"
                )
            self._cloud.post(f"{path}/ips", {"type": "ipv4", "public": False})
        if "region" in changed:
            with self._cloud.event(
                "linode_migrate_datacenter", resource_id, seconds=UPDATE_SECONDS
            ):
                self._cloud.post(
                    f"{path}/migrate",
                    {"region": inputs["region"], "type": inputs["migrationType"]},
                )
        if "type" in changed:
            self._resize(resource_id, str(state.get("type")), inputs)
        if "booted" in inputs:
            self._power(resource_id, on=inputs["booted"])
        return self.read(resource_id, inputs) or {}

    def delete(self, resource_id: str, state: Values) -> None:
        """Remove it; as with the published plugin, one that is gone already is an error."""
        del state
        with self._cloud.event("linode_delete", resource_id, seconds=DELETE_SECONDS):
            if not self._cloud.delete(f"/linode/instances/{resource_id}"):
                raise PluginError(f"Error deleting Linode instance {resource_id}: [404] Not found")

    def _resize(self, resource_id: str, before: str, inputs: Values) -> None:
        """As the published plugin does it: off, resized, and on again only if its disk grew."""
        path = f"/linode/instances/{resource_id}"
        self._power(resource_id, on=False)
        old = self._cloud.get(f"/linode/types/{before}")
        new = self._cloud.get(f"/linode/types/{inputs['type']}")
        body = {
            "type": inputs["type"],
            "allow_auto_disk_resize": inputs["resizeDisk"],
            "migration_type": inputs["migrationType"],
        }
        with self._cloud.event("linode_resize", resource_id, seconds=UPDATE_SECONDS):
            self._cloud.post(f"{path}/resize", body)
        self._wait(resource_id, "offline", UPDATE_SECONDS)
        if new["disk"] > old["disk"] and inputs.get("booted", True):
            with self._cloud.event("linode_reboot", resource_id, seconds=UPDATE_SECONDS):
                self._cloud.post(f"{path}/reboot")
            self._wait(resource_id, "running", UPDATE_SECONDS)

    def _power(self, resource_id: str, *, on: bool) -> None:
        """Boot it or shut it down, unless that is how it is."""
        path = f"/linode/instances/{resource_id}"
        if (self._cloud.get(path)["status"] == "running") == on:
            return
        action = "boot" if on else "shutdown"
        with self._cloud.event(f"linode_{action}", resource_id, seconds=UPDATE_SECONDS):
            self._cloud.post(f"{path}/{action}")
        self._wait(resource_id, "running" if on else "offline", UPDATE_SECONDS)

    def _wait(self, resource_id: str, status: str, seconds: float) -> None:
        """Until the Linode has a status; a boot that failed is told at once."""

        def there() -> bool:
            if self._cloud.get(f"/linode/instances/{resource_id}")["status"] == status:
                return True
            for event in self._cloud.get("/account/events")["data"]:
                about = event["entity"] or {}
                if str(about.get("id")) == resource_id:
                    if event["status"] == "failed":
                        raise PluginError(f"{event['action']} failed: {event['message']}")
                    return False  # the newest one counts
            return False

        what = f"Linode instance {resource_id} to reach status {status}"
        self._cloud.wait(there, what, seconds=seconds)
