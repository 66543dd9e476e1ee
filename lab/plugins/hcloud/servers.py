"""`hcloud:index/server:Server`."""

from datetime import UTC, datetime
from typing import Any

from lab.plugins.framework import InitFailedError, PluginError, Resource, Values
from lab.plugins.hcloud.cloud import Cloud, by_id, by_id_or_name, plain_errors, wait
from lab.plugins.hcloud.server_schema import NOT_OFFERED, SERVER
from lab.plugins.hcloud.vendor import Vendor, hcloud


class Server(Resource):
    """A rented server."""

    schema = SERVER

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def create(self, inputs: Values) -> tuple[str, Values]:
        """See Resource; a server that came up wrong is kept in the state."""
        for name in NOT_OFFERED:
            if inputs.get(name):
                raise PluginError(f"the lab's stand-in does not offer a server's {name}")
        with plain_errors():
            made = self._cloud.api.servers.create(**self._options(inputs))
        resource_id = str(made.server.id)
        try:
            with plain_errors():
                wait([made.action, *made.next_actions])
                self._set_backups(made.server, wanted=inputs.get("backups", False))
                self._set_protection(made.server, inputs)
                return resource_id, self.read(resource_id, inputs) or {}
        except PluginError as error:
            state = _state(made.server, inputs)
            raise InitFailedError(str(error), resource_id=resource_id, state=state) from error

    def read(self, resource_id: str, state: Values) -> Values | None:
        """See Resource."""
        with plain_errors():
            server = by_id(self._cloud.api.servers, resource_id)
            return None if server is None else _state(server, state)

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """See Resource; another type means that the server is off for a while."""
        changed = set(self.schema.diff(state, inputs).names)
        for name in {*NOT_OFFERED, "publicNets"} & changed:
            raise PluginError(f"the lab's stand-in cannot change a server's {name} in place")
        with plain_errors():
            server = self._cloud.api.servers.get_by_id(int(resource_id))
            if changed & {"name", "labels"}:
                server.update(name=inputs["name"], labels=inputs.get("labels", {}))
            if "serverType" in changed:
                if server.status == server.STATUS_RUNNING:
                    wait([server.power_off()])
                wanted = hcloud.server_types.ServerType(name=inputs["serverType"])
                keep = bool(inputs.get("keepDisk"))
                wait([server.change_type(wanted, upgrade_disk=not keep)])
            if "backups" in changed:
                self._set_backups(server, wanted=inputs["backups"])
            if "firewallIds" in changed and "firewallIds" in inputs:
                self._set_firewalls(server, set(inputs["firewallIds"]))
            if changed & {"deleteProtection", "rebuildProtection"}:
                self._set_protection(server, inputs, always=True)
            return self.read(resource_id, {**state, **inputs}) or {}

    def delete(self, resource_id: str, state: Values) -> None:
        """Remove it; as with the published plugin, one that is gone already is an error."""
        with plain_errors():
            server = self._cloud.api.servers.get_by_id(int(resource_id))
            if state.get("shutdownBeforeDeletion"):
                wait([server.shutdown()])
            wait([server.delete()])

    def unchanged(self, inputs: Values) -> tuple[str, ...]:
        """See Resource."""
        return ("firewallIds",) if inputs.get("ignoreRemoteFirewallIds") else ()

    def _options(self, inputs: Values) -> dict[str, Any]:
        """Arguments of the client's `servers.create`; what they name is looked up first."""
        api = self._cloud.api
        kind = api.server_types.get_by_name(inputs["serverType"])
        if kind is None:
            raise PluginError(f"server type {inputs['serverType']} not found")
        _expect_orderable(kind)
        image = self._image(str(inputs.get("image", "")), kind.architecture)
        keys = []
        for key in inputs.get("sshKeys", []):
            keys.append(by_id_or_name(api.ssh_keys, key))
            if keys[-1] is None:
                raise PluginError(f"SSH key not found: {key}")
        net = _public_net(inputs)
        return {
            "name": inputs["name"],
            "server_type": hcloud.server_types.ServerType(name=inputs["serverType"]),
            "image": image,
            "ssh_keys": keys or None,
            "location": hcloud.locations.Location(name=inputs["location"])
            if "location" in inputs
            else None,
            "user_data": inputs.get("userData"),
            "labels": inputs.get("labels"),
            "firewalls": [
                hcloud.firewalls.Firewall(id=key) for key in inputs.get("firewallIds", [])
            ]
            or None,
            "public_net": net,
            "start_after_create": net is None or net.enable_ipv4 or net.enable_ipv6,
        }

    def _image(self, key: str, architecture: str) -> Vendor:
        images = self._cloud.api.images
        image = by_id(images, key) or images.get_by_name_and_architecture(
            name=key, architecture=architecture, include_deprecated=True
        )
        if image is None:
            raise PluginError(f"image {key} for architecture {architecture} not found")
        return image

    def _set_backups(self, server: Vendor, *, wanted: bool) -> None:
        if wanted and not server.backup_window:
            wait([server.enable_backup()])
        elif server.backup_window and not wanted:
            wait([server.disable_backup()])

    def _set_protection(self, server: Vendor, inputs: Values, *, always: bool = False) -> None:
        delete, rebuild = inputs.get("deleteProtection"), inputs.get("rebuildProtection")
        if delete or rebuild or always:
            wait([server.change_protection(delete=bool(delete), rebuild=bool(rebuild))])

    def _set_firewalls(self, server: Vendor, wanted: set[int]) -> None:
        firewalls = self._cloud.api.firewalls
        there = {each.firewall.id for each in server.public_net.firewalls}
        this = [hcloud.firewalls.FirewallResource(type="server", server=server)]
        for key in sorted(there - wanted):
            wait(firewalls.remove_from_resources(hcloud.firewalls.Firewall(id=key), this))
        for key in sorted(wanted - there):
            wait(firewalls.apply_to_resources(hcloud.firewalls.Firewall(id=key), this))


def _expect_orderable(kind: Vendor) -> None:
    gone = [p.deprecation and p.deprecation.unavailable_after for p in kind.locations]
    if gone and all(moment and moment < datetime.now(UTC) for moment in gone):
        words = "is unavailable in all locations and can no longer be ordered"
        raise PluginError(f'Server Type "{kind.name}" {words}')


def _public_net(inputs: Values) -> Vendor | None:
    if not inputs.get("publicNets"):
        return None
    net = inputs["publicNets"][-1]
    return hcloud.servers.ServerCreatePublicNetwork(
        ipv4=hcloud.primary_ips.PrimaryIP(id=net["ipv4"]) if net.get("ipv4") else None,
        ipv6=hcloud.primary_ips.PrimaryIP(id=net["ipv6"]) if net.get("ipv6") else None,
        enable_ipv4=bool(net.get("ipv4Enabled", True) or net.get("ipv4")),
        enable_ipv6=bool(net.get("ipv6Enabled", True) or net.get("ipv6")),
    )


def _state(server: Vendor, state: Values) -> Values:
    """What the API says of a server, by the plugin's names; `state` says how the image is named."""
    four, six, image = server.public_net.ipv4, server.public_net.ipv6, server.image
    named = image.name and str(state.get("image")) != str(image.id)
    return {
        "name": server.name,
        "serverType": server.server_type.name,
        "image": image.name if named else str(image.id),
        "location": server.location.name,
        "datacenter": None,
        "status": server.status,
        "ipv4Address": None if four is None else four.ip,
        "ipv6Address": None if six is None else f"{six.network}1",
        "ipv6Network": "<nil>" if six is None else six.ip,
        "backupWindow": server.backup_window or "",
        "backups": bool(server.backup_window),
        "labels": server.labels,
        "deleteProtection": server.protection["delete"],
        "rebuildProtection": server.protection["rebuild"],
        "firewallIds": [each.firewall.id for each in server.public_net.firewalls],
        "primaryDiskSize": server.primary_disk_size,
    }
