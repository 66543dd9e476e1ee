"""What `POST /droplets` asks for, checked against the catalog and the account."""

from dataclasses import dataclass
from typing import Any

from lab.clouds.digitalocean.account import Account
from lab.clouds.digitalocean.catalog import BOOTABLE, IMAGES, OPEN, REGIONS, SIZES
from lab.clouds.digitalocean.errors import unprocessable, unsupported
from lab.clouds.digitalocean.store import Record
from lab.clouds.digitalocean.validation import flag, hostname_of, items, tags_of, text

USER_DATA_BYTES = 64 * 1024
NOT_OFFERED = ("names", "volumes", "backup_policy")


@dataclass(frozen=True, kw_only=True)
class DropletRequest:
    """A droplet that may be made. authorized_keys: public keys for root."""

    name: str
    size: Record
    image: Record
    region: str
    tags: list[str]
    user_data: str
    authorized_keys: list[str]
    features: list[str]
    vpc_uuid: str | None


def droplet_request(account: Account, body: dict[str, Any]) -> DropletRequest:
    """Check a request body; ApiError says what is wrong with it."""
    for field in NOT_OFFERED:
        if body.get(field):
            raise unsupported(field)
    if not flag(body, "public_networking", default=True):
        raise unsupported("droplets without public networking")
    name = hostname_of(body)
    size, image = size_of(body), image_of(body)
    region = text(body, "region") or next((r for r in OPEN if r in size["regions"]), "")
    expect_available(size, region)
    if image["min_disk_size"] > size["disk"]:
        raise unprocessable("The image does not fit on this size's disk.")
    user_data = text(body, "user_data")
    if len(user_data.encode()) > USER_DATA_BYTES:
        raise unprocessable(f"User data is too long (maximum is {USER_DATA_BYTES} bytes)")
    wanted = [feature for feature in ("backups", "ipv6", "monitoring") if flag(body, feature)]
    features = [*wanted, "droplet_agent"] if flag(body, "with_droplet_agent") else wanted
    vpc = text(body, "vpc_uuid")
    if vpc and account.store.table("vpcs").get(vpc, {}).get("region") != region:
        raise unprocessable("VPC is not found in this region.")
    keys = [_key(account, key)["public_key"] for key in items(body, "ssh_keys")]
    if len(account.store.table("droplets")) >= account.droplet_limit:
        raise unprocessable("creating this/these droplet(s) will exceed your droplet limit")
    return DropletRequest(
        name=name,
        size=size,
        image=image,
        region=region,
        tags=tags_of(body),
        user_data=user_data,
        authorized_keys=keys,
        features=[*features, "private_networking"],
        vpc_uuid=vpc or None,
    )


def size_of(body: dict[str, Any]) -> Record:
    """The size that the body names, if it can be ordered at all."""
    found = SIZES.get(text(body, "size").lower())
    if found is None:
        raise unprocessable("You specified an invalid size for Droplet creation.")
    return found


def image_of(body: dict[str, Any]) -> Record:
    """The image that the body names by id or slug, bootable in the lab."""
    key = body.get("image")
    found = next((each for each in IMAGES if str(key) in (each["slug"], str(each["id"]))), None)
    if found is None:
        raise unprocessable("You specified an invalid image for Droplet creation.")
    if found["slug"] not in BOOTABLE:
        raise unsupported(f"image {found['slug']}: it boots {' and '.join(sorted(BOOTABLE))}")
    return found


def expect_available(size: Record, region: str) -> None:
    """Refuse a region that is none or takes no droplets, and a size that is not to be had there."""
    if region not in REGIONS:
        raise unprocessable("You specified an invalid region for Droplet creation.")
    if not REGIONS[region]["available"]:
        raise unprocessable("Region is not available")
    if region not in size["regions"]:
        raise unprocessable("Size is not available in this region.")


def _key(account: Account, key: Any) -> Record:
    table = account.store.table("ssh_keys")
    for each in table.values():
        if str(key) in (str(each["id"]), each["fingerprint"]):
            return each
    raise unprocessable(f"{key} are invalid key identifiers for Droplet creation.")
