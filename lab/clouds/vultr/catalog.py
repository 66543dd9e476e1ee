"""What can be rented, as data: regions, plans with prices, operating systems (autumn 2026).

Prices, shapes and OS ids are Vultr's published ones. What is sold out where is the lab's own, and
so is what costs more in one region and what nobody can order.
"""

from typing import Any

_REGIONS = (
    ("ams", "Amsterdam", "NL", "Europe"),
    ("atl", "Atlanta", "US", "North America"),
    ("blr", "Bangalore", "IN", "Asia"),
    ("bom", "Mumbai", "IN", "Asia"),
    ("cdg", "Paris", "FR", "Europe"),
    ("del", "Delhi NCR", "IN", "Asia"),
    ("dfw", "Dallas", "US", "North America"),
    ("ewr", "New Jersey", "US", "North America"),
    ("fra", "Frankfurt", "DE", "Europe"),
    ("hnl", "Honolulu", "US", "North America"),
    ("icn", "Seoul", "KR", "Asia"),
    ("itm", "Osaka", "JP", "Asia"),
    ("jnb", "Johannesburg", "ZA", "Africa"),
    ("lax", "Los Angeles", "US", "North America"),
    ("lhr", "London", "GB", "Europe"),
    ("mad", "Madrid", "ES", "Europe"),
    ("man", "Manchester", "GB", "Europe"),
    ("mel", "Melbourne", "AU", "Australia"),
    ("mex", "Mexico City", "MX", "North America"),
    ("mia", "Miami", "US", "North America"),
    ("nrt", "Tokyo", "JP", "Asia"),
    ("ord", "Chicago", "US", "North America"),
    ("sao", "São Paulo", "BR", "South America"),
    ("scl", "Santiago", "CL", "South America"),
    ("sea", "Seattle", "US", "North America"),
    ("sgp", "Singapore", "SG", "Asia"),
    ("sjc", "Silicon Valley", "US", "North America"),
    ("sto", "Stockholm", "SE", "Europe"),
    ("syd", "Sydney", "AU", "Australia"),
    ("tlv", "Tel Aviv-Yafo", "IL", "Asia"),
    ("waw", "Warsaw", "PL", "Europe"),
    ("yto", "Toronto", "CA", "North America"),
)
OPTIONS = ("ddos_protection", "block_storage_storage_opt", "load_balancers", "kubernetes")
REGIONS: dict[str, dict[str, Any]] = {
    key: {
        "id": key,
        "city": city,
        "country": country,
        "continent": continent,
        "options": list(OPTIONS),
    }
    for key, city, country, continent in _REGIONS
}
_EVERYWHERE = tuple(REGIONS)
HOURS = 730
"""What Vultr's monthly prices are divided by for the hourly ones."""


def _plan(
    name: str,
    shape: tuple[int, int, int, int],
    monthly: float,
    *,
    locations: tuple[str, ...] = _EVERYWHERE,
    special: dict[str, float] | None = None,
    on_demand: bool = True,
) -> dict[str, Any]:
    """One plan; `shape` is cores, memory in MB, disk in GB, traffic in GB a month.

    special: regions with a price of their own. on_demand: whether everybody can order it.
    """
    cores, memory, disk, bandwidth = shape
    return {
        "id": name,
        "vcpu_count": cores,
        "ram": memory,
        "disk": disk,
        "disk_count": 1,
        "bandwidth": bandwidth,
        **_cost(monthly),
        "location_cost": {region: _cost(price) for region, price in (special or {}).items()},
        "type": name.partition("-")[0],
        "deploy_ondemand": on_demand,
        "locations": list(locations),
    }


def _cost(monthly: float) -> dict[str, float]:
    return {"monthly_cost": monthly, "hourly_cost": round(monthly / HOURS, 3)}


_SMALL = ("ewr", "atl", "mia", "lax")
PLANS: dict[str, dict[str, Any]] = {
    plan["id"]: plan
    for plan in (
        _plan("vc2-1c-0.5gb-v6", (1, 512, 10, 512), 2.5, locations=_SMALL),
        _plan("vc2-1c-0.5gb", (1, 512, 10, 512), 3.5, locations=_SMALL),
        _plan("vc2-1c-1gb", (1, 1024, 25, 1024), 5),
        _plan("vc2-1c-2gb", (1, 2048, 55, 2048), 10),
        _plan("vc2-2c-2gb", (2, 2048, 65, 3072), 15, special={"sao": 22.5}),
        _plan("vc2-2c-4gb", (2, 4096, 80, 3072), 20),
        _plan("vc2-4c-8gb", (4, 8192, 160, 4096), 40),
        _plan("vhf-1c-1gb", (1, 1024, 32, 1024), 6),
        _plan("vhf-1c-2gb", (1, 2048, 64, 2048), 12),
        _plan("vhp-1c-1gb-amd", (1, 1024, 25, 2048), 6),
        _plan("vhp-1c-1gb-intel", (1, 1024, 25, 2048), 6),
        _plan("vhp-1c-2gb-amd", (1, 2048, 50, 3072), 12),
        _plan("voc-g-1c-4gb-30s-amd", (1, 4096, 30, 4096), 30, locations=("ewr", "fra", "ams")),
        _plan("voc-c-1c-2gb-25s-amd", (1, 2048, 25, 4096), 28, on_demand=False),
        # Without a disk of its own: it boots from block storage.
        _plan("vx1-g-2c-8g", (2, 8192, 0, 5120), 43.8),
        _plan("vx1-g-2c-8g-120s", (2, 8192, 120, 5120), 55.48),
        _plan("vcg-a16-2c-8gb-2vram", (2, 8192, 50, 2048), 43, locations=("ewr", "lax", "sjc")),
    )
}
SOLD_OUT: dict[str, tuple[str, ...]] = {
    "hnl": ("vc2-1c-1gb", "vc2-1c-2gb"),
    "mia": ("vc2-1c-0.5gb", "vc2-1c-0.5gb-v6"),
    "man": tuple(PLANS),
}
"""Region -> plans that it has no room for; Manchester is full."""


def available_plans(region: str) -> list[str]:
    """The plans that can be ordered there now."""
    return [
        name
        for name, plan in PLANS.items()
        if region in plan["locations"]
        and plan["deploy_ondemand"]
        and name not in SOLD_OUT.get(region, ())
    ]


def without_ipv4(plan: str) -> bool:
    """Whether the plan has IPv6 alone, which only its name says."""
    return plan.endswith("-v6")


OPERATING_SYSTEMS: dict[int, dict[str, Any]] = {
    key: {"id": key, "name": name, "arch": "x64", "family": family}
    for key, name, family in (
        (124, "Windows 2012 R2 Standard x64", "windows"),
        (159, "Custom", "iso"),
        (164, "Snapshot", "snapshot"),
        (180, "Backup", "backup"),
        (186, "Application", "application"),
        (477, "Debian 11 x64 (bullseye)", "debian"),
        (1743, "Ubuntu 22.04 LTS x64", "ubuntu"),
        (2136, "Debian 12 x64 (bookworm)", "debian"),
        (2284, "Ubuntu 24.04 LTS x64", "ubuntu"),
        (2625, "Debian 13 x64 (trixie)", "debian"),
    )
}
BOOTABLE: dict[int, str] = {2136: "debian-12", 2625: "debian-13"}
"""OS id -> the lab's root file system of it."""
