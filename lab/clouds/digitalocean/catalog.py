"""What can be rented, as data: regions, sizes with prices, images (autumn 2026).

Slugs, shapes and prices are DigitalOcean's published ones; ids are stable here but not its own.
"""

from typing import Any

HOURS_A_MONTH = 672
"""What DigitalOcean divides a month's price by."""

_REGIONS = (
    ("nyc1", "New York 1"), ("nyc2", "New York 2"), ("nyc3", "New York 3"),
    ("ams3", "Amsterdam 3"), ("sfo2", "San Francisco 2"), ("sfo3", "San Francisco 3"),
    ("sgp1", "Singapore 1"), ("lon1", "London 1"), ("fra1", "Frankfurt 1"),
    ("tor1", "Toronto 1"), ("blr1", "Bangalore 1"), ("syd1", "Sydney 1"), ("atl1", "Atlanta 1"),
)  # fmt: skip
CLOSED = ("sfo2",)
"""Regions that take no new droplets."""
OPEN = tuple(slug for slug, _ in _REGIONS if slug not in CLOSED)
FEATURES = ["backups", "ipv6", "metadata", "install_agent", "storage", "image_transfer"]


def _size(
    slug: str,
    shape: tuple[int, int, int],
    monthly: float,
    *,
    transfer: float,
    regions: tuple[str, ...] = OPEN,
    available: bool = True,
    description: str = "Basic",
) -> dict[str, Any]:
    """One size; `shape` is cores, memory in MiB, disk in GB; `transfer` is TB a month."""
    cores, memory, disk = shape
    return {
        "slug": slug,
        "memory": memory,
        "vcpus": cores,
        "disk": disk,
        "transfer": transfer,
        "price_monthly": monthly,
        "price_hourly": round(monthly / HOURS_A_MONTH, 5),
        "regions": sorted(regions) if available else [],
        "available": available,
        "description": description,
        "networking_throughput": 2000,
        "disk_info": [{"type": "local", "size": {"amount": disk, "unit": "gib"}}],
    }


def _all_but(*slugs: str) -> tuple[str, ...]:
    return tuple(slug for slug in OPEN if slug not in slugs)


SIZES: dict[str, dict[str, Any]] = {
    row["slug"]: row
    for row in (
        _size(
            "s-1vcpu-512mb-10gb", (1, 512, 10), 4.0, transfer=0.5,
            regions=("ams3", "blr1", "fra1", "nyc1", "sfo3", "sgp1", "syd1"),
        ),
        _size("s-1vcpu-1gb", (1, 1024, 25), 6.0, transfer=1.0, regions=_all_but("lon1")),
        _size("s-1vcpu-1gb-amd", (1, 1024, 25), 7.0, transfer=1.0, description="Basic AMD"),
        _size("s-1vcpu-1gb-intel", (1, 1024, 25), 7.0, transfer=1.0, description="Basic Intel"),
        _size("s-1vcpu-2gb", (1, 2048, 50), 12.0, transfer=2.0),
        _size("s-2vcpu-2gb", (2, 2048, 60), 18.0, transfer=3.0),
        _size("s-2vcpu-4gb", (2, 4096, 80), 24.0, transfer=4.0),
        _size("s-4vcpu-8gb", (4, 8192, 160), 48.0, transfer=5.0),
        _size(
            "c-2", (2, 4096, 25), 42.0, transfer=4.0, description="CPU-Optimized",
            regions=_all_but("nyc2"),
        ),
        _size(
            "g-2vcpu-8gb", (2, 8192, 25), 63.0, transfer=4.0, description="General Purpose",
            regions=_all_but("nyc2"),
        ),
        _size("1gb", (1, 1024, 30), 10.0, transfer=2.0, available=False, description="Legacy"),
    )
}  # fmt: skip
"""s-1vcpu-1gb is sold out in lon1; `1gb` can no longer be ordered at all."""

REGIONS: dict[str, dict[str, Any]] = {
    slug: {
        "name": name,
        "slug": slug,
        "features": FEATURES,
        "available": slug not in CLOSED,
        "sizes": [size["slug"] for size in SIZES.values() if slug in size["regions"]],
    }
    for slug, name in _REGIONS
}


def _image(image_id: int, slug: str, name: str, distribution: str, created: str) -> dict[str, Any]:
    return {
        "id": image_id,
        "name": name,
        "distribution": distribution,
        "slug": slug,
        "public": True,
        "regions": [region for region, _ in _REGIONS],
        "created_at": created,
        "min_disk_size": 7,
        "type": "base",
        "size_gigabytes": 0.66,
        "description": f"{distribution} {name}",
        "tags": [],
        "status": "available",
        "error_message": "",
    }


IMAGES: tuple[dict[str, Any], ...] = (
    _image(139080800, "debian-12-x64", "12 x64", "Debian", "2026-02-10T17:21:54Z"),
    _image(195932981, "debian-13-x64", "13 x64", "Debian", "2026-02-10T17:24:08Z"),
    _image(195932990, "ubuntu-24-04-x64", "24.04 (LTS) x64", "Ubuntu", "2026-02-10T18:02:11Z"),
)
BOOTABLE = {"debian-12-x64": "debian-12", "debian-13-x64": "debian-13"}
"""Images that the lab has a root file system of, by slug."""
