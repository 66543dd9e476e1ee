"""The table of `vultr:index/instance:Instance`, and how the API spells it."""

from lab.plugins.framework import (
    Boolean,
    Integer,
    ListOf,
    MapOf,
    Object,
    Property,
    Schema,
    String,
    Type,
    Values,
)
from lab.plugins.vultr.choices import not_empty, one_of

BACKUPS = ("enabled", "disabled")
SCHEDULE = Object(
    {
        "type": Property(
            String(),
            required=True,
            check=one_of("type", "daily", "weekly", "monthly", "daily_alt_even", "daily_alt_odd"),
        ),
        "hour": Property(Integer()),
        "dow": Property(Integer()),
        "dom": Property(Integer()),
    }
)


def _replacing(kind: Type) -> Property:
    """An input that the provider chooses when it is absent, and that no instance ever changes."""
    return Property(kind, computed=True, replaces=True)


INSTANCE = Schema(
    inputs={
        "plan": Property(String(), required=True, check=not_empty),
        "region": Property(String(), required=True, replaces=True, stored=str.lower),
        "osId": _replacing(Integer()),
        "appId": _replacing(Integer()),
        "imageId": _replacing(String()),
        "snapshotId": _replacing(String()),
        "scriptId": _replacing(String()),
        "userData": _replacing(String()),
        "hostname": _replacing(String()),
        "reservedIpId": _replacing(String()),
        "isoId": Property(String()),
        "ipxeChainUrl": Property(String()),
        "sshKeyIds": Property(ListOf(String()), replaces=True),
        "userScheme": Property(String(), replaces=True),
        "appVariables": Property(MapOf(String()), replaces=True),
        "disablePublicIpv4": Property(Boolean(), replaces=True),
        "enableIpv6": Property(Boolean()),
        "activationEmail": Property(Boolean()),
        "label": Property(String(), computed=True),
        "firewallGroupId": Property(String(), computed=True),
        "tags": Property(ListOf(String(), ordered=False)),
        "vpcIds": Property(ListOf(String(), ordered=False), computed=True),
        "vpc2Ids": Property(ListOf(String(), ordered=False)),
        "ddosProtection": Property(Boolean(), default=False),
        "backups": Property(String(), default="disabled", check=one_of("backups", *BACKUPS)),
        "backupsSchedule": Property(SCHEDULE),
    },
    outputs=(
        "os", "ram", "disk", "mainIp", "vcpuCount", "defaultPassword", "dateCreated", "status",
        "allowedBandwidth", "netmaskV4", "gatewayV4", "powerStatus", "serverStatus", "v6Network",
        "v6MainIp", "v6NetworkSize", "internalIp", "kvm", "features",
    ),
    secret_outputs=frozenset({"defaultPassword"}),
)  # fmt: skip
NOT_OFFERED = ("isoId", "ipxeChainUrl", "appVariables", "vpcIds", "vpc2Ids")
"""Inputs that the published plugin knows and the lab does not imitate."""
SYSTEMS = {
    "osId": "os_id",
    "appId": "app_id",
    "imageId": "image_id",
    "snapshotId": "snapshot_id",
}
"""Ways to say what is booted: one of them, exactly."""
_SENT = {
    **SYSTEMS,
    "plan": "plan",
    "region": "region",
    "label": "label",
    "hostname": "hostname",
    "scriptId": "script_id",
    "sshKeyIds": "sshkey_id",
    "firewallGroupId": "firewall_group_id",
    "reservedIpId": "reserved_ipv4",
    "userScheme": "user_scheme",
    "backups": "backups",
    "tags": "tags",
}
_FLAGS = {
    "enableIpv6": "enable_ipv6",
    "disablePublicIpv4": "disable_public_ipv4",
    "activationEmail": "activation_email",
    "ddosProtection": "ddos_protection",
}
_SHOWN = {
    "plan": "plan", "region": "region", "osId": "os_id", "appId": "app_id", "imageId": "image_id",
    "snapshotId": "snapshot_id", "label": "label", "hostname": "hostname",
    "firewallGroupId": "firewall_group_id", "userScheme": "user_scheme", "tags": "tags",
    "os": "os", "ram": "ram", "disk": "disk", "mainIp": "main_ip", "vcpuCount": "vcpu_count",
    "dateCreated": "date_created", "status": "status", "allowedBandwidth": "allowed_bandwidth",
    "netmaskV4": "netmask_v4", "gatewayV4": "gateway_v4", "powerStatus": "power_status",
    "serverStatus": "server_status", "v6Network": "v6_network", "v6MainIp": "v6_main_ip",
    "v6NetworkSize": "v6_network_size", "internalIp": "internal_ip", "kvm": "kvm",
    "features": "features",
}  # fmt: skip


def request_of(inputs: Values) -> Values:
    """The body that makes it, without the user data; what is empty is left out."""
    sent = {theirs: inputs[ours] for ours, theirs in _SENT.items() if inputs.get(ours)}
    flags = {theirs: bool(inputs.get(ours)) for ours, theirs in _FLAGS.items()}
    return {**sent, **flags}


def state_of(instance: Values) -> Values:
    """What the API says of it, by the plugin's names."""
    return {ours: instance.get(theirs) for ours, theirs in _SHOWN.items()}
