"""The table of `linode:index/instance:Instance`."""

import base64
import hashlib

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
)

LABEL = range(3, 51)
PASSWORD = range(11, 129)


def _length(lengths: range) -> Property:
    """A text whose length is limited; of its own property the name is in the message's path."""

    def check(text: str) -> str | None:
        if len(text) in lengths:
            return None
        return (
            f"expected length to be in the range ({lengths.start} - {lengths.stop - 1}), got {text}"
        )

    return Property(String(), computed=True, check=check)


def password_sum(password: str) -> str:
    """What the state keeps of a root password."""
    return base64.b64encode(hashlib.sha3_512(password.encode()).digest()).decode()


def _check_password(password: str) -> str | None:
    return None if len(password) in PASSWORD else "expected length to be in the range (11 - 128)"


def _new(kind: Type, *, computed: bool = False) -> Property:
    """A property whose change makes a new Linode."""
    return Property(kind, replaces=True, computed=computed)


ALERTS = Object(
    {
        name: Property(Integer(), computed=True)
        for name in ("cpu", "io", "networkIn", "networkOut", "transferQuota")
    }
)
METADATA = Object({"userData": Property(String(), replaces=True)})
INSTANCE = Schema(
    inputs={
        "alerts": Property(ALERTS, computed=True),
        "authorizedKeys": _new(ListOf(String())),
        "authorizedUsers": _new(ListOf(String())),
        "backupId": _new(Integer()),
        "backupsEnabled": Property(Boolean(), computed=True),
        "bootConfigLabel": Property(String(), computed=True),
        "bootSize": _new(Integer()),
        "booted": Property(Boolean(), computed=True),
        "configs": Property(ListOf(Type()), computed=True),
        "diskEncryption": _new(String(), computed=True),
        "disks": Property(ListOf(Type()), computed=True),
        "firewallId": _new(Integer()),
        "image": _new(String()),
        "interfaceGeneration": _new(String(), computed=True),
        "interfaces": Property(ListOf(Type())),
        "ipv4s": _new(ListOf(String(), ordered=False), computed=True),
        "kernel": _new(String()),
        "label": _length(LABEL),
        "linodeInterfaces": _new(ListOf(Type())),
        "maintenancePolicy": Property(String(), computed=True),
        "metadatas": _new(ListOf(METADATA)),
        "migrationType": Property(String(), default="cold"),
        "networkHelper": _new(Boolean()),
        "placementGroup": Property(Type()),
        "placementGroupExternallyManaged": Property(Boolean(), default=False),
        "privateIp": Property(Boolean(), computed=True),
        "region": Property(String(), required=True),
        "resizeDisk": Property(Boolean(), default=False),
        "rootPass": Property(
            String(), replaces=True, secret=True, stored=password_sum, check=_check_password
        ),
        "sharedIpv4s": Property(ListOf(String(), ordered=False), computed=True),
        "stackscriptData": Property(MapOf(String()), replaces=True, secret=True),
        "stackscriptId": _new(Integer()),
        "swapSize": Property(Integer(), computed=True),
        "tags": Property(ListOf(String(), ordered=False), computed=True),
        "type": Property(String(), default="g6-standard-1"),
        "watchdogEnabled": Property(Boolean(), default=True),
    },
    outputs=(
        "backups", "capabilities", "hasUserData", "hostUuid", "ipAddress", "ipv6", "lkeClusterId",
        "locks", "privateIpAddress", "specs", "status",
    ),
)  # fmt: skip
NEED_IMAGE = (
    "authorizedKeys", "authorizedUsers", "resizeDisk", "stackscriptData", "stackscriptId",
    "swapSize",
)  # fmt: skip
"""Inputs that are accepted with `image` only."""

NOT_OFFERED = (
    "backupId", "bootSize", "configs", "disks", "interfaces", "ipv4s", "kernel",
    "linodeInterfaces", "networkHelper", "placementGroup", "sharedIpv4s", "stackscriptData",
    "stackscriptId",
)  # fmt: skip
"""Inputs that the published plugin knows and the lab does not imitate."""
