"""The documented shapes of answers: the fields and their types, as Vultr's API v2 has them."""

from typing import Any

INSTANCE: dict[str, type] = {
    "id": str, "os": str, "ram": int, "disk": int, "plan": str, "main_ip": str,
    "vcpu_count": int, "region": str, "date_created": str, "status": str,
    "allowed_bandwidth": int, "netmask_v4": str, "gateway_v4": str, "power_status": str,
    "server_status": str, "v6_network": str, "v6_main_ip": str, "v6_network_size": int,
    "label": str, "internal_ip": str, "kvm": str, "os_id": int, "app_id": int, "image_id": str,
    "snapshot_id": str, "firewall_group_id": str, "features": list, "hostname": str,
    "tags": list, "user_scheme": str, "vpc_only": bool,
}  # fmt: skip
PLAN: dict[str, type] = {
    "id": str, "vcpu_count": int, "ram": int, "disk": int, "disk_count": int, "bandwidth": int,
    "monthly_cost": float, "location_cost": dict, "type": str, "locations": list,
    "deploy_ondemand": bool,
}  # fmt: skip
REGION: dict[str, type] = {
    "id": str, "city": str, "country": str, "continent": str, "options": list,
}  # fmt: skip
OS: dict[str, type] = {"id": int, "name": str, "arch": str, "family": str}
FIREWALL_GROUP: dict[str, type] = {
    "id": str, "description": str, "date_created": str, "date_modified": str,
    "instance_count": int, "rule_count": int, "max_rule_count": int,
}  # fmt: skip
FIREWALL_RULE: dict[str, type] = {
    "id": int, "ip_type": str, "action": str, "protocol": str, "port": str, "subnet": str,
    "subnet_size": int, "source": str, "notes": str,
}  # fmt: skip
SSH_KEY: dict[str, type] = {"id": str, "date_created": str, "name": str, "ssh_key": str}
STARTUP_SCRIPT: dict[str, type] = {
    "id": str, "date_created": str, "date_modified": str, "name": str, "type": str, "script": str,
}  # fmt: skip
RESERVED_IP: dict[str, type] = {
    "id": str, "region": str, "ip_type": str, "subnet": str, "subnet_size": int, "label": str,
    "instance_id": str,
}  # fmt: skip


def expect(shown: dict[str, Any], fields: dict[str, type]) -> None:
    """Every documented field is there, and of its type."""
    for name, kind in fields.items():
        assert name in shown, f"{name} is missing in {shown}"
        kinds = (int, float) if kind is float else kind
        assert isinstance(shown[name], kinds), f"{name} is {shown[name]!r}, not {kind.__name__}"
        assert kind is bool or not isinstance(shown[name], bool)
