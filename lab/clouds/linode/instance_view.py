"""A Linode as the API shows it."""

from lab.clouds.linode.account import Account
from lab.clouds.linode.addresses import address6_of
from lab.clouds.linode.catalog import TYPES
from lab.clouds.linode.store import Record


def render_instance(account: Account, instance: Record) -> Record:
    """The JSON form of a Linode."""
    kind = TYPES[instance["type"]]
    shown = {
        key: instance[key]
        for key in (
            "id", "label", "group", "status", "created", "updated", "type", "image", "region",
            "watchdog_enabled", "tags", "host_uuid", "has_user_data", "alerts",
            "interface_generation", "maintenance_policy", "disk_encryption",
        )
    }  # fmt: skip
    addresses = account.parts("addresses", instance)
    return {
        **shown,
        "ipv4": [each["address"] for each in addresses],
        "ipv6": f"{address6_of(account, instance)}/128",
        "hypervisor": "kvm",
        "specs": {
            "disk": kind["disk"],
            "memory": kind["memory"],
            "vcpus": kind["vcpus"],
            "transfer": kind["transfer"],
            "gpus": kind["gpus"],
            "accelerated_devices": kind["accelerated_devices"],
        },
        "backups": {
            "enabled": instance["backups_enabled"],
            "available": False,
            "schedule": {"day": None, "window": None},
            "last_successful": None,
        },
        "lke_cluster_id": None,
        "placement_group": None,
        "capabilities": [],
        "locks": [],
    }
