"""What can be rented, as data: types with prices, images, kernels (autumn 2026).

Prices are in US dollars, Linode's published ones; regions are in `regions`.
"""

from typing import Any

Record = dict[str, Any]
HOURS = 2000 / 3
"""A month of the hourly price: Linode bills no more than the monthly one."""

# What costs more in two regions, as factors.
DEARER = {"id-cgk": 1.2, "br-gru": 1.4}


def _price(monthly: float) -> Record:
    return {"hourly": round(monthly / HOURS, 4), "monthly": round(monthly, 2)}


def _prices(monthly: float) -> Record:
    dearer = [{"id": region, **_price(monthly * factor)} for region, factor in DEARER.items()]
    return {"price": _price(monthly), "region_prices": dearer}


def _type(
    type_id: str, label: str, shape: tuple[int, int, int], monthly: float, backups: float
) -> Record:
    """One type; `shape` is virtual CPUs, memory in MB, disk in MB."""
    vcpus, memory, disk = shape
    kind = type_id.split("-")[1]
    transfer = min(20000, max(1000, memory))
    return {
        "id": type_id,
        "label": label,
        "class": kind,
        "vcpus": vcpus,
        "memory": memory,
        "disk": disk,
        "gpus": 1 if kind == "gpu" else 0,
        "accelerated_devices": 0,
        "transfer": transfer // 1000 * 1000,
        "network_out": transfer // 1000 * 1000,
        "successor": None,
        **_prices(monthly),
        "addons": {"backups": _prices(backups)},
    }


TYPES: dict[str, Record] = {
    row["id"]: row
    for row in (
        _type("g6-nanode-1", "Nanode 1GB", (1, 1024, 25600), 5, 2),
        _type("g6-standard-1", "Linode 2GB", (1, 2048, 51200), 12, 2.5),
        _type("g6-standard-2", "Linode 4GB", (2, 4096, 81920), 24, 5),
        _type("g6-standard-4", "Linode 8GB", (4, 8192, 163840), 48, 10),
        _type("g6-standard-6", "Linode 16GB", (6, 16384, 327680), 96, 20),
        _type("g6-dedicated-2", "Dedicated 4GB", (2, 4096, 81920), 36, 5),
        _type("g6-dedicated-4", "Dedicated 8GB", (4, 8192, 163840), 72, 10),
        _type("g6-dedicated-edge-2", "Edge Dedicated 4GB", (2, 4096, 81920), 45, 0),
        _type("g7-premium-2", "Premium 4GB", (2, 4096, 81920), 43, 5),
        _type("g7-highmem-1", "Linode 24GB", (2, 24576, 20480), 60, 5),
        _type("g1-gpu-rtx6000-1", "Dedicated 32GB + RTX6000 GPU x1", (8, 32768, 655360), 1000, 0),
    )
}


def _image(
    image_id: str, label: str, created: str, eol: str, *, deprecated: bool = False
) -> Record:
    size = 1300 if "debian" in image_id else 2400
    return {
        "id": image_id,
        "label": label,
        "description": "",
        "created": created,
        "updated": created,
        "created_by": "linode",
        "deprecated": deprecated,
        "eol": eol,
        "expiry": None,
        "is_public": True,
        "is_shared": None,
        "image_sharing": None,
        "size": size,
        "total_size": size,
        "status": "available",
        "type": "manual",
        "vendor": label.split(maxsplit=1)[0],
        "capabilities": ["cloud-init", "distributed-sites"],
        "tags": [],
        "regions": [],
    }


IMAGES: dict[str, Record] = {
    row["id"]: row
    for row in (
        _image("linode/debian11", "Debian 11", "2021-08-14T22:44:02", "2026-08-31T04:00:00",
               deprecated=True),
        _image("linode/debian12", "Debian 12", "2023-06-14T14:40:12", "2028-06-30T04:00:00"),
        _image("linode/debian13", "Debian 13", "2025-08-13T14:13:37", "2030-06-30T04:00:00"),
        _image("linode/ubuntu24.04", "Ubuntu 24.04 LTS", "2024-04-25T16:37:10",
               "2029-04-25T04:00:00"),
        _image("linode/almalinux10", "AlmaLinux 10", "2025-05-29T14:05:11", "2035-05-31T04:00:00"),
    )
}  # fmt: skip
BOOTABLE = {"linode/debian12": "debian-12", "linode/debian13": "debian-13"}
"""Images that the lab has a root file system of, and its names for them."""


def _kernel(kernel_id: str, label: str, version: str, *, pvops: bool) -> Record:
    return {
        "id": kernel_id,
        "label": label,
        "version": version,
        "kvm": True,
        "pvops": pvops,
        "deprecated": False,
        "architecture": "x86_64",
        "built": "2026-09-01T00:00:00",
    }


KERNELS: dict[str, Record] = {
    row["id"]: row
    for row in (
        _kernel("linode/latest-64bit", "Latest 64 bit", "6.16.9", pvops=True),
        _kernel("linode/grub2", "GRUB 2", "2.06", pvops=False),
        _kernel("linode/direct-disk", "Direct Disk", "", pvops=False),
    )
}
