"""`digitalocean:index/droplet:Droplet`."""

from http import HTTPStatus
from typing import Any

from lab.plugins.digitalocean.cloud import ApiError, Cloud, wait_for
from lab.plugins.digitalocean.droplet_schema import DROPLET, NOT_OFFERED
from lab.plugins.framework import InitFailedError, PluginError, Resource, Values


class Droplet(Resource):
    """A rented droplet."""

    schema = DROPLET

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def create(self, inputs: Values) -> tuple[str, Values]:
        """See Resource; a droplet that came up wrong is kept in the state."""
        for name in NOT_OFFERED:
            if inputs.get(name):
                raise PluginError(f"the lab's stand-in does not offer a droplet's {name}")
        try:
            made = self._cloud.call("POST", "/droplets", _body(inputs))["droplet"]
        except PluginError as error:
            raise PluginError(f"Error creating droplet: {error}") from error
        key = str(made["id"])
        try:
            seen = self._wait(key, lambda droplet: droplet["status"] == "active")
            return key, _state(seen)
        except PluginError as error:
            raise InitFailedError(
                f"Error waiting for droplet ({key}) to become ready: {error}",
                resource_id=key,
                state=_state(made),
            ) from error

    def read(self, resource_id: str, state: Values) -> Values | None:
        """See Resource. The image is not read: its slug may mean another one by now."""
        answer = self._cloud.found(f"/droplets/{resource_id}")
        if answer is None:
            return None
        droplet = answer["droplet"]
        imported = {} if state else {"image": droplet["image"]["slug"], "resizeDisk": True}
        return {**imported, **_state(droplet)}

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """See Resource; another size means that the droplet is off for a while."""
        changed = set(self.schema.diff(state, inputs).names)
        for name in set(NOT_OFFERED) & changed:
            raise PluginError(f"the lab's stand-in cannot change a droplet's {name}")
        if "size" in changed:
            self._resize(resource_id, inputs["size"], disk=inputs.get("resizeDisk", True))
        if "name" in changed:
            self._act(resource_id, "rename", name=inputs["name"])
        if "backups" in changed:
            self._act(resource_id, "enable_backups" if inputs["backups"] else "disable_backups")
        if "ipv6" in changed and inputs.get("ipv6"):
            self._act(resource_id, "enable_ipv6")
        if "tags" in changed:
            self._tag(resource_id, set(state.get("tags") or []), set(inputs.get("tags") or []))
        return self.read(resource_id, state) or {}

    def delete(self, resource_id: str, state: Values) -> None:
        """Remove it; as with the published plugin, one that is gone already is an error."""
        try:
            self._wait(resource_id, lambda _: True)
        except ApiError as error:
            raise PluginError(
                f"Error waiting for droplet to be unlocked for destroy ({resource_id}):"
                f" Error retrieving droplet: {error}"
            ) from error
        try:
            if state.get("gracefulShutdown"):
                self._act(resource_id, "shutdown")
            self._cloud.call("DELETE", f"/droplets/{resource_id}")
        except ApiError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise PluginError(f"Error deleting droplet: {error}") from error
        gone = f"droplet ({resource_id}) to be destroyed"
        wait_for(gone, lambda: self._cloud.found(f"/droplets/{resource_id}") is None)

    def _resize(self, key: str, size: str, *, disk: bool) -> None:
        try:
            self._act(key, "power_off")
        except ApiError as error:
            if "Droplet is already powered off" not in str(error):
                raise
        try:
            self._act(key, "resize", size=size, disk=disk)
        finally:
            self._act(key, "power_on")
            self._wait(key, lambda droplet: droplet["status"] == "active")

    def _tag(self, key: str, old: set[str], new: set[str]) -> None:
        body = {"resources": [{"resource_id": key, "resource_type": "droplet"}]}
        for name in sorted(old - new):
            self._cloud.call("DELETE", f"/tags/{name}/resources", body)
        for name in sorted(new - old):
            self._cloud.call("POST", "/tags", {"name": name})
            self._cloud.call("POST", f"/tags/{name}/resources", body)

    def _act(self, key: str, kind: str, **details: object) -> None:
        """Start an action and wait until it has ended."""
        started = self._cloud.call("POST", f"/droplets/{key}/actions", {"type": kind, **details})
        action = started["action"]

        def ended() -> bool:
            action.update(self._cloud.call("GET", f"/actions/{action['id']}")["action"])
            return bool(action["status"] != "in-progress")

        wait_for(f"action {kind} of droplet ({key})", ended)
        if action["status"] != "completed":
            raise PluginError(f"action {kind} of droplet ({key}) ended as {action['status']}")

    def _wait(self, key: str, reached: Any) -> Values:
        """The droplet, unlocked and as wanted; one that is off after its making never is."""
        seen: Values = {}

        def ready() -> bool:
            seen.update(self._cloud.call("GET", f"/droplets/{key}")["droplet"])
            if seen["locked"]:
                return False
            if not reached(seen) and seen["status"] == "off":
                raise PluginError("unexpected state 'off', wanted target 'active'")
            return bool(reached(seen))

        wait_for(f"droplet ({key})", ready)
        return seen


def _body(inputs: Values) -> Values:
    """What `POST /droplets` takes: ids as numbers, all else as it is."""
    image = inputs["image"]
    keys = [int(key) if key.isdigit() else key for key in inputs.get("sshKeys", [])]
    body = {
        "name": inputs["name"],
        "region": inputs.get("region", ""),
        "size": inputs["size"],
        "image": int(image) if image.isdigit() else image,
        "ssh_keys": keys,
        "tags": inputs.get("tags", []),
    }
    optional = {
        "backups": "backups",
        "ipv6": "ipv6",
        "monitoring": "monitoring",
        "with_droplet_agent": "dropletAgent",
        "public_networking": "publicNetworking",
        "user_data": "userData",
        "vpc_uuid": "vpcUuid",
    }
    return {**body, **{key: inputs[name] for key, name in optional.items() if name in inputs}}


def _state(droplet: Values) -> Values:
    """What the API says of a droplet, by the plugin's names."""
    four = {each["type"]: each["ip_address"] for each in droplet["networks"]["v4"]}
    six = {each["type"]: each["ip_address"] for each in droplet["networks"]["v6"]}
    features = droplet["features"]
    return {
        "name": droplet["name"],
        "dropletUrn": f"do:droplet:{droplet['id']}",
        "region": droplet["region"]["slug"],
        "size": droplet["size"]["slug"],
        "priceHourly": droplet["size"]["price_hourly"],
        "priceMonthly": droplet["size"]["price_monthly"],
        "disk": droplet["disk"],
        "vcpus": droplet["vcpus"],
        "memory": droplet["memory"],
        "status": droplet["status"],
        "locked": droplet["locked"],
        "createdAt": droplet["created_at"],
        "vpcUuid": droplet["vpc_uuid"],
        "ipv4Address": four.get("public", ""),
        "ipv4AddressPrivate": four.get("private", ""),
        "ipv6Address": six.get("public", "").lower(),
        "backups": "backups" in features,
        "ipv6": "ipv6" in features,
        "privateNetworking": "private_networking" in features,
        "monitoring": "monitoring" in features,
        "volumeIds": droplet["volume_ids"],
        "tags": droplet["tags"],
    }
