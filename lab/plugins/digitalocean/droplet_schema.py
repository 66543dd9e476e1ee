"""The table of `digitalocean:index/droplet:Droplet`."""

import hashlib
from dataclasses import dataclass, replace

from lab.plugins.digitalocean.tag_names import TAGS
from lab.plugins.framework import Boolean, ListOf, Property, Schema, String, Type, Values
from lab.plugins.schema import Change


def user_data_sum(user_data: str) -> str:
    """What the state keeps of user data: its SHA-1 in hex."""
    return hashlib.sha1(user_data.encode(), usedforsecurity=False).hexdigest()


def _not_empty(value: str) -> str | None:
    return None if value else "must not be empty or zero"


def _no_empty_key(keys: list[str]) -> str | None:
    return None if all(keys) else "must not be empty or zero"


def _flag(*, default: bool | None = False, replaces: bool = False) -> Property:
    return Property(Boolean(), default=default, replaces=replaces)


@dataclass(frozen=True, kw_only=True)
class DropletSchema(Schema):
    """IPv6 can be switched on, but only a new droplet is without it again."""

    def diff(self, state: Values, news: Values, *, ignore: tuple[str, ...] = ()) -> Change:
        """See Schema."""
        change = super().diff(state, news, ignore=ignore)
        if "ipv6" not in change.names or not state.get("ipv6"):
            return change
        return replace(change, names={**change.names, "ipv6": True})


DROPLET = DropletSchema(
    inputs={
        "name": Property(String(), autoname=True, check=_not_empty),
        "image": Property(String(), required=True, replaces=True, check=_not_empty),
        "size": Property(String(), required=True, stored=str.lower, check=_not_empty),
        "region": Property(
            String(), computed=True, replaces=True, stored=str.lower, check=_not_empty
        ),
        "sshKeys": Property(ListOf(String(), ordered=False), replaces=True, check=_no_empty_key),
        "userData": Property(String(), replaces=True, stored=user_data_sum, check=_not_empty),
        "tags": TAGS,
        "ipv6": _flag(),
        "ipv6Address": Property(String(), computed=True),
        "resizeDisk": _flag(default=True),
        "gracefulShutdown": _flag(),
        "backups": _flag(),
        "backupPolicy": Property(Type()),
        "monitoring": _flag(replaces=True),
        "dropletAgent": _flag(default=None, replaces=True),
        "privateNetworking": Property(Boolean(), computed=True),
        "publicNetworking": Property(Boolean(), computed=True, replaces=True),
        "gpuPartitionMode": Property(String(), computed=True, replaces=True),
        "volumeIds": Property(ListOf(String(), ordered=False), computed=True),
        "vpcUuid": Property(String(), computed=True, replaces=True, check=_not_empty),
    },
    outputs=(
        "createdAt", "disk", "dropletUrn", "ipv4Address", "ipv4AddressPrivate", "locked", "memory",
        "priceHourly", "priceMonthly", "status", "vcpus",
    ),
)  # fmt: skip
NOT_OFFERED = ("backupPolicy", "gpuPartitionMode", "volumeIds")
"""Inputs that the published plugin knows and the lab does not imitate."""
