"""What `POST /linode/instances` asks for, checked against the catalog and the account."""

import re
from dataclasses import dataclass
from typing import Any

from lab.clouds.linode.account import Account
from lab.clouds.linode.catalog import BOOTABLE, IMAGES, TYPES
from lab.clouds.linode.errors import invalid, unsupported
from lab.clouds.linode.events import USER
from lab.clouds.linode.regions import REGIONS, available
from lab.clouds.linode.store import Record
from lab.clouds.linode.validation import (
    flag,
    label_of,
    number,
    public_key,
    tags_of,
    text,
    texts,
    user_data_of,
)

GENERATIONS = ("legacy_config", "linode")
NOT_OFFERED = (
    "backup_id", "stackscript_id", "placement_group", "interfaces", "ipv4", "vpc", "kernel",
    "boot_size",
)  # fmt: skip
PASSWORD = range(11, 129)
DEFAULT_SWAP = 512


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What a disk is made from: an image, who may log in as root, cloud-init's user data."""

    image: str
    authorized_keys: list[str]
    user_data: str


@dataclass(frozen=True, kw_only=True)
class InstanceRequest:
    """A Linode that may be made. `label` is "" where Linode shall choose one."""

    label: str
    type: str
    region: str
    deployment: Deployment | None
    booted: bool
    tags: list[str]
    group: str
    firewall: Record | None
    generation: str
    private_ip: bool
    backups_enabled: bool
    swap: int


def instance_request(account: Account, body: dict[str, Any]) -> InstanceRequest:
    """Check a request body; ApiError says what is wrong with it."""
    for field in NOT_OFFERED:
        if body.get(field):
            raise unsupported(field, field)
    kind, region = type_of(body), region_of(body)
    generation = text(body, "interface_generation") or GENERATIONS[0]
    if generation not in GENERATIONS:
        raise invalid("interface_generation", f"Must be one of {', '.join(GENERATIONS)}")
    firewall = _firewall(account, body)
    if firewall is not None and generation == "linode":
        raise invalid(
            "firewall_id", "firewall_id is not allowed with Linode interfaces: set it on them"
        )
    deployment = None
    if body.get("image"):
        deployment = deployment_of(account, body)
    else:
        _expect_no_login(body)
    wants_boot = flag(body, "booted", default=deployment is not None)
    found = InstanceRequest(
        label=label_of(body, "instances") if body.get("label") else "",
        type=kind,
        region=region,
        deployment=deployment,
        # Linode interfaces are made after the Linode: it is not booted without one.
        booted=wants_boot and deployment is not None and generation == GENERATIONS[0],
        tags=tags_of(body),
        group=text(body, "group"),
        firewall=firewall,
        generation=generation,
        private_ip=flag(body, "private_ip", default=False),
        backups_enabled=flag(body, "backups_enabled", default=False),
        swap=number(body, "swap_size") or DEFAULT_SWAP,
    )
    if found.label and account.labelled("instances", found.label):
        raise invalid("label", "Label must be unique among your linodes")
    expect_available(kind, region)
    if len(account.store.table("instances")) >= account.instance_limit:
        raise invalid("", "Account Limit reached. Please open a support ticket.")
    return found


def type_of(body: dict[str, Any]) -> str:
    """The type that the body names."""
    kind = text(body, "type", required=True)
    if kind not in TYPES:
        raise invalid("type", "A valid plan type by that ID was not found")
    return kind


def region_of(body: dict[str, Any]) -> str:
    """The region that the body names."""
    region = text(body, "region", required=True)
    if region not in REGIONS:
        raise invalid("region", "region is not valid")
    return region


def expect_available(kind: str, region: str) -> None:
    """Refuse a type that cannot be ordered there now."""
    if not available(region, kind):
        raise invalid("region", f"The plan {kind} is not available in the region {region}")


def deployment_of(account: Account, body: dict[str, Any]) -> Deployment:
    """The image that the body names, with at least one way to log in."""
    image = text(body, "image", required=True)
    if image not in IMAGES:
        raise invalid("image", "image is not valid")
    if image not in BOOTABLE:
        names = " and ".join(sorted(BOOTABLE))
        raise unsupported("image", f"image {image}: it boots {names}")
    password = text(body, "root_pass")
    users = texts(body, "authorized_users")
    keys = [public_key(key, "authorized_keys") for key in texts(body, "authorized_keys")]
    if not (password or keys or users):
        raise invalid("root_pass", "root_pass, authorized_keys or authorized_users is required")
    if password:
        _expect_strong(password)
    for user in users:
        if user != USER:
            raise invalid("authorized_users", f"User {user} does not exist")
        keys += [each["ssh_key"] for each in account.store.table("sshkeys").values()]
    return Deployment(image=image, authorized_keys=keys, user_data=user_data_of(body))


def _expect_no_login(body: dict[str, Any]) -> None:
    for field in ("authorized_keys", "authorized_users", "root_pass"):
        if body.get(field):
            raise invalid(field, f"{field} requires an image")


def _expect_strong(password: str) -> None:
    kinds = (r"[a-z]", r"[A-Z]", r"[0-9]", r"[^A-Za-z0-9]")
    if len(password) not in PASSWORD:
        raise invalid("root_pass", f"Length must be {PASSWORD.start}-{PASSWORD.stop - 1}")
    if sum(bool(re.search(kind, password)) for kind in kinds) < 3:  # noqa: PLR2004  # Linode's rule
        raise invalid("root_pass", "Password does not meet complexity requirements.")


def _firewall(account: Account, body: dict[str, Any]) -> Record | None:
    key = number(body, "firewall_id")
    if key is None or key < 1:  # clients say 0 or -1 for none
        return None
    found = account.store.table("firewalls").get(key)
    if found is None:
        raise invalid("firewall_id", f"Firewall {key} not found")
    return found
