"""An instance's inputs in the API's own words."""

import secrets
import string
from typing import Any

from lab.plugins.framework import Values

GIVEN = {
    "region": "region",
    "type": "type",
    "label": "label",
    "backupsEnabled": "backups_enabled",
    "privateIp": "private_ip",
    "tags": "tags",
    "firewallId": "firewall_id",
    "interfaceGeneration": "interface_generation",
    "diskEncryption": "disk_encryption",
    "maintenancePolicy": "maintenance_policy",
    "image": "image",
    "swapSize": "swap_size",
    "authorizedKeys": "authorized_keys",
    "authorizedUsers": "authorized_users",
    "rootPass": "root_pass",
    "booted": "booted",
}
"""Inputs and what the API calls them in the request for a new Linode."""


def request_of(inputs: Values) -> Values:
    """What asks the API for a new Linode."""
    body = {theirs: inputs[ours] for ours, theirs in GIVEN.items() if ours in inputs}
    body.setdefault("booted", "image" in inputs)
    if "image" in inputs and not body.get("root_pass"):
        body["root_pass"] = _password()
    if inputs.get("metadatas"):
        body["metadata"] = {"user_data": inputs["metadatas"][0].get("userData")}
    return body


def alerts_of(alerts: Values) -> dict[str, Any]:
    """Thresholds of alerts."""
    names = {"networkIn": "network_in", "networkOut": "network_out"}
    names["transferQuota"] = "transfer_quota"
    return {names.get(name, name): value for name, value in alerts.items()}


def _password() -> str:
    """One that nobody knows: without it Linode deploys no image for older clients."""
    alphabet = string.ascii_letters + string.digits + "!#%+-"
    return "aA1!" + "".join(secrets.choice(alphabet) for _ in range(60))
