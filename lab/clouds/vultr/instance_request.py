"""What `POST /instances` asks for, checked against the catalog and the account."""

import re
from dataclasses import dataclass
from typing import Any

from lab.clouds.vultr.account import Account
from lab.clouds.vultr.birth import SCHEMES
from lab.clouds.vultr.catalog import (
    BOOTABLE,
    OPERATING_SYSTEMS,
    PLANS,
    REGIONS,
    available_plans,
    without_ipv4,
)
from lab.clouds.vultr.errors import ApiError, invalid, unsupported
from lab.clouds.vultr.store import Record
from lab.clouds.vultr.validation import decoded, flag, number, text, texts

OTHER_SYSTEMS = ("iso_id", "app_id", "image_id", "snapshot_id", "ipxe_chain_url")
NOT_OFFERED = (
    *OTHER_SYSTEMS, "attach_vpc", "enable_vpc", "vpc_only", "attach_vpc2", "enable_vpc2",
    "attach_private_network", "ddos_protection", "app_variables", "block_devices",
)  # fmt: skip
USER_DATA_BYTES = 64 * 1024
MAX_TAG = 128
_HOSTNAME = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*")


@dataclass(frozen=True, kw_only=True)
class InstanceRequest:
    """An instance that may be made.

    user_data and script are in clear. authorized_keys: public keys for the first account.
    reserved: the reserved IPv4 address to have, if any.
    """

    region: str
    plan: Record
    os_id: int
    label: str
    hostname: str
    tags: list[str]
    user_data: str
    script: str
    authorized_keys: list[str]
    firewall_group_id: str
    ipv4: bool
    ipv6: bool
    backups: bool
    user_scheme: str
    reserved: Record | None


def instance_request(account: Account, body: dict[str, Any]) -> InstanceRequest:
    """Check a request body; ApiError says what is wrong with it."""
    region, plan = text(body, "region", required=True), text(body, "plan", required=True)
    if region not in REGIONS:
        raise invalid("Invalid region.")
    if plan not in PLANS:
        raise invalid("Invalid plan.")
    if not PLANS[plan]["disk"]:
        raise unsupported("a plan that boots from block storage")
    for field in NOT_OFFERED:
        if body.get(field):
            raise unsupported(f"an instance's {field}")
    ipv6 = flag(body, "enable_ipv6")
    found = InstanceRequest(
        region=region,
        plan=PLANS[plan],
        os_id=os_of(body),
        label=text(body, "label"),
        hostname=hostname_of(body),
        tags=tags_of(body),
        user_data=user_data_of(body),
        script=_script(account, body),
        authorized_keys=[
            str(account.get("ssh_keys", key)["ssh_key"]).strip() for key in texts(body, "sshkey_id")
        ],
        firewall_group_id=firewall_group_of(account, body),
        ipv4=not without_ipv4(plan) and not (ipv6 and flag(body, "disable_public_ipv4")),
        ipv6=ipv6 or without_ipv4(plan),
        backups=text(body, "backups") == "enabled",
        user_scheme=_user_scheme(body),
        reserved=_reserved(account, body, region),
    )
    flag(body, "activation_email")
    if plan not in available_plans(region):
        raise invalid("Plan is not available in the selected region.")
    if len(account.store.table("instances")) >= account.instance_limit:
        raise ApiError(403, "You have reached the maximum number of instances of this account")
    return found


def os_of(body: dict[str, Any]) -> int:
    """The field `os_id`: a system that the lab can boot."""
    key = number(body, "os_id")
    if not key:
        raise invalid("One of os_id, iso_id, snapshot_id, app_id or image_id is required")
    if key not in OPERATING_SYSTEMS:
        raise invalid("Invalid OS.")
    if key not in BOOTABLE:
        raise unsupported(f"{OPERATING_SYSTEMS[key]['name']}: it boots Debian 12 and 13")
    return key


def hostname_of(body: dict[str, Any]) -> str:
    """The field `hostname`."""
    hostname = text(body, "hostname")
    if hostname and not _HOSTNAME.fullmatch(hostname):
        raise invalid("Invalid hostname.")
    return hostname


def tags_of(body: dict[str, Any]) -> list[str]:
    """The field `tags`: each is any text."""
    tags = texts(body, "tags")
    if any(not tag or len(tag) > MAX_TAG for tag in tags):
        raise invalid("Invalid tags.")
    return list(dict.fromkeys(tags))


def user_data_of(body: dict[str, Any]) -> str:
    """The field `user_data`, in clear."""
    plain = decoded(body, "user_data")
    if len(plain.encode()) > USER_DATA_BYTES:
        raise invalid(f"Invalid user_data: longer than {USER_DATA_BYTES} bytes")
    return plain


def firewall_group_of(account: Account, body: dict[str, Any]) -> str:
    """The field `firewall_group_id`: one of the account's, or "" for none."""
    key = text(body, "firewall_group_id")
    if key and key not in account.store.table("firewall_groups"):
        raise invalid("Invalid firewall group.")
    return key


def _script(account: Account, body: dict[str, Any]) -> str:
    key = text(body, "script_id")
    if not key:
        return ""
    script = account.get("startup_scripts", key)
    if script["type"] != "boot":
        raise unsupported("startup scripts of type pxe")
    return decoded(script, "script")


def _user_scheme(body: dict[str, Any]) -> str:
    scheme = text(body, "user_scheme") or "root"
    if scheme == "limited":
        raise unsupported("the user scheme limited")
    if scheme not in SCHEMES:
        raise invalid("Invalid user_scheme: expected root or limited")
    return scheme


def _reserved(account: Account, body: dict[str, Any], region: str) -> Record | None:
    key = text(body, "reserved_ipv4")
    if not key:
        return None
    reserved = account.get("reserved_ips", key)
    if reserved["ip_type"] != "v4" or reserved["region"] != region:
        raise invalid("Invalid reserved_ipv4: expected an IPv4 address of the same region")
    if reserved["instance_id"]:
        raise invalid("Floating IPv4 address is already attached to another server")
    return reserved
