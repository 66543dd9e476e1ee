"""The table of `hcloud:index/server:Server`."""

import base64
import hashlib

from lab.plugins.framework import (
    Boolean,
    Integer,
    ListOf,
    Object,
    Property,
    Schema,
    String,
    Type,
)
from lab.plugins.hcloud.labels import LABELS


def user_data_sum(user_data: str) -> str:
    """What the state keeps of user data: its SHA-1 in base64."""
    digest = hashlib.sha1(user_data.encode(), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()


def _not_empty(image: str) -> str | None:
    return None if image else '"image" must have more than 0 characters'


def _no_empty_key(keys: list[str]) -> str | None:
    return None if all(keys) else "Invalid ssh key passed. You need at least 1 character"


def _removed(_: object) -> str:
    return "Removed Attribute: the datacenter attribute was removed, use location instead"


def _flag() -> Property:
    return Property(Boolean(), default=False)


PUBLIC_NET = Object(
    {
        "ipv4Enabled": Property(Boolean(), default=True),
        "ipv6Enabled": Property(Boolean(), default=True),
        "ipv4": Property(Integer(), default=0),
        "ipv6": Property(Integer(), default=0),
    }
)
SERVER = Schema(
    inputs={
        "name": Property(String(), autoname=True),
        "serverType": Property(String(), required=True),
        "image": Property(String(), computed=True, replaces=True, check=_not_empty),
        "location": Property(String(), computed=True, replaces=True),
        "datacenter": Property(String(), computed=True, check=_removed),
        "userData": Property(String(), replaces=True, stored=user_data_sum),
        "sshKeys": Property(ListOf(String()), replaces=True, check=_no_empty_key),
        "keepDisk": _flag(),
        "allowDeprecatedImages": Property(Boolean()),
        "backups": _flag(),
        "iso": Property(String()),
        "rescue": Property(String()),
        "labels": LABELS,
        "publicNets": Property(ListOf(PUBLIC_NET, ordered=False), computed=True),
        "networks": Property(ListOf(Type(), ordered=False), computed=True),
        "ignoreRemoteFirewallIds": _flag(),
        "firewallIds": Property(ListOf(Integer(), ordered=False), computed=True),
        "placementGroupId": Property(Integer()),
        "deleteProtection": _flag(),
        "rebuildProtection": _flag(),
        "shutdownBeforeDeletion": _flag(),
    },
    outputs=(
        "backupWindow", "ipv4Address", "ipv6Address", "ipv6Network", "primaryDiskSize", "status",
    ),
)  # fmt: skip
NOT_OFFERED = ("iso", "rescue", "networks", "placementGroupId")
"""Inputs that the published plugin knows and the lab does not imitate."""
