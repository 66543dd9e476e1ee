"""An instance as the API shows it."""

from lab.clouds.vultr.addresses import PREFIX6, written6
from lab.clouds.vultr.catalog import OPERATING_SYSTEMS, PLANS
from lab.clouds.vultr.store import Record

NO_ADDRESS = "0.0.0.0"  # nosec B104 - what the API shows; nothing listens there
NETMASK, GATEWAY = "255.255.254.0", "203.0.113.1"


def render_instance(instance: Record) -> Record:
    """The JSON form; addresses show once the instance is there."""
    plan = PLANS[instance["plan"]]
    there = instance["status"] != "pending"
    ipv4 = instance["main_ip"] if there else ""
    network = instance["v6_network"] if there else ""
    return {
        "id": instance["id"],
        "os": OPERATING_SYSTEMS[instance["os_id"]]["name"],
        "ram": plan["ram"],
        "disk": plan["disk"] if there else 0,
        "main_ip": ipv4 or NO_ADDRESS,
        "vcpu_count": plan["vcpu_count"],
        "region": instance["region"],
        "plan": instance["plan"],
        "date_created": instance["date_created"],
        "status": instance["status"],
        "allowed_bandwidth": plan["bandwidth"],
        "netmask_v4": NETMASK if ipv4 else "",
        "gateway_v4": GATEWAY if ipv4 else NO_ADDRESS,
        "power_status": instance["power_status"],
        "server_status": instance["server_status"],
        "v6_network": network,
        "v6_main_ip": written6(network) if network else "",
        "v6_network_size": PREFIX6 if network else 0,
        "label": instance["label"],
        "internal_ip": "",
        "kvm": f"https://my.vultr.com/subs/vps/novnc/api.php?data={instance['id']}"
        if there
        else "",
        "hostname": instance["hostname"],
        "tag": instance["tags"][0] if instance["tags"] else "",
        "tags": instance["tags"],
        "os_id": instance["os_id"],
        "app_id": 0,
        "image_id": "",
        "snapshot_id": "",
        "firewall_group_id": instance["firewall_group_id"],
        "features": [
            *(["auto_backups"] if instance["backups"]["enabled"] else []),
            *(["ipv6"] if instance["v6_network"] else []),
        ],
        "user_scheme": instance["user_scheme"],
        "pending_charges": 0,
        "vpc_only": False,
    }
