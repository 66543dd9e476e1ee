"""What the API says of a Linode, by the plugin's names."""

from lab.plugins.framework import Values

UP = ("running", "booting", "rebooting")


def state_of(
    instance: Values, ips: Values | None, disks: list[Values], configs: list[Values]
) -> Values:
    """The outputs; `ips` is None for a Linode that was not looked at any further."""
    swap = [disk["size"] for disk in disks if disk["filesystem"] == "swap"]
    state: Values = {
        "label": instance["label"],
        "status": instance["status"],
        "type": instance["type"],
        "region": instance["region"],
        "image": instance["image"],
        "tags": instance["tags"],
        "booted": instance["status"] in UP,
        "hostUuid": instance["host_uuid"],
        "hasUserData": instance["has_user_data"],
        "watchdogEnabled": instance["watchdog_enabled"],
        "interfaceGeneration": instance["interface_generation"],
        "maintenancePolicy": instance.get("maintenance_policy"),
        "diskEncryption": instance["disk_encryption"],
        "capabilities": instance.get("capabilities") or [],
        "locks": instance.get("locks") or [],
        "lkeClusterId": 0,
        "ipv4s": instance["ipv4"],
        "ipv6": instance["ipv6"],
        "backupsEnabled": instance["backups"]["enabled"],
        "backups": [{"available": False, "enabled": instance["backups"]["enabled"]}],
        "alerts": _camel(instance["alerts"]),
        "specs": [_camel(instance["specs"])],
        "disks": [
            {name: disk[name] for name in ("id", "label", "size", "filesystem")} for disk in disks
        ],
        "configs": [{"id": each["id"], "label": each["label"]} for each in configs],
        "swapSize": swap[0] if swap else 0,
    }
    if len(configs) == 1:
        state["bootConfigLabel"] = configs[0]["label"]
    if ips is not None:
        public, private = ips["ipv4"]["public"], ips["ipv4"]["private"]
        state["ipAddress"] = public[0]["address"] if public else ""
        state["privateIp"] = bool(private)
        state["privateIpAddress"] = private[0]["address"] if private else ""
        state["sharedIpv4s"] = [each["address"] for each in ips["ipv4"]["shared"]]
    return state


def _camel(record: Values) -> Values:
    """The record with its names as the plugin writes them: network_in -> networkIn."""
    found: Values = {}
    for name, value in record.items():
        first, *others = name.split("_")
        found[first + "".join(word.capitalize() for word in others)] = value
    return found
