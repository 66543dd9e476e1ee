"""What can be rented, as data: locations, server types with prices, images (autumn 2026).

Prices of cx23, cpx12 and cpx22 are Hetzner's of 2026-06-15 and later; the others are in proportion.
Traffic and disk are the published ones; ids are stable here but not Hetzner's own.
"""

from decimal import Decimal
from typing import Any

VAT = Decimal("0.19")
TIB = 1024**4
EUROPE = ("nbg1", "fsn1", "hel1")
OVERSEAS = ("ash", "hil", "sin")

_LOCATIONS = (
    (1, "fsn1", "Falkenstein DC Park 1", "DE", "Falkenstein", 50.47612, 12.370071, "eu-central"),
    (2, "nbg1", "Nuremberg DC Park 1", "DE", "Nuremberg", 49.452102, 11.076665, "eu-central"),
    (3, "hel1", "Helsinki DC Park 1", "FI", "Helsinki", 60.169855, 24.938379, "eu-central"),
    (4, "ash", "Ashburn, VA", "US", "Ashburn, VA", 39.045821, -77.487073, "us-east"),
    (5, "hil", "Hillsboro, OR", "US", "Hillsboro, OR", 45.54222, -122.951924, "us-west"),
    (6, "sin", "Singapore", "SG", "Singapore", 1.283333, 103.833333, "ap-southeast"),
)
_FIELDS = (
    "id", "name", "description", "country", "city", "latitude", "longitude", "network_zone",
)  # fmt: skip
LOCATIONS: dict[str, dict[str, Any]] = {
    row[1]: dict(zip(_FIELDS, row, strict=True)) for row in _LOCATIONS
}

GONE = {"announced": "2025-10-16T06:00:00Z", "unavailable_after": "2026-01-01T00:00:00Z"}
"""Why cx22 cannot be ordered."""
ENDING = {"announced": "2026-11-02T07:00:00Z", "unavailable_after": "2099-01-01T00:00:00Z"}
"""cpx21 can be ordered until then: so far off that no test has to look at the clock."""


def _price(net: Decimal) -> dict[str, str]:
    return {"net": f"{net:.10f}", "gross": f"{net * (1 + VAT):.10f}"}


def _prices(monthly: Decimal, location: str) -> dict[str, Any]:
    included = 20 if location in EUROPE else 1
    return {
        "location": location,
        "price_hourly": _price((monthly / Decimal(624)).quantize(Decimal("0.0001"))),
        "price_monthly": _price(monthly),
        "included_traffic": included * TIB,
        "price_per_tb_traffic": _price(Decimal("7.40" if location == "sin" else "1.00")),
    }


def _server_type(
    type_id: int,
    name: str,
    shape: tuple[int, float, int],
    monthly: str,
    *,
    locations: tuple[str, ...] = EUROPE,
    sold_out: tuple[str, ...] = (),
    deprecation: dict[str, str] | None = None,
    dedicated: bool = False,
) -> dict[str, Any]:
    """One server type; `shape` is cores, memory in GB, disk in GB."""
    cores, memory, disk = shape
    out_of_stock = locations if deprecation is GONE else sold_out
    arm = name.startswith("cax")
    category = "General Purpose" if dedicated else "Cost-Optimized"
    return {
        "id": type_id,
        "name": name,
        "description": name.upper(),
        "category": "Regular Performance" if name.startswith("cpx") else category,
        "cores": cores,
        "memory": memory,
        "disk": disk,
        "storage_type": "local",
        "cpu_type": "dedicated" if dedicated else "shared",
        "architecture": "arm" if arm else "x86",
        "included_traffic": 0,
        "prices": [_prices(Decimal(monthly), location) for location in locations],
        "deprecated": deprecation is not None,
        "deprecation": deprecation,
        "locations": [
            {
                "id": LOCATIONS[location]["id"],
                "name": location,
                "available": location not in out_of_stock,
                "recommended": deprecation is None and location not in out_of_stock,
                "deprecation": deprecation,
            }
            for location in locations
        ],
    }


_ALL = EUROPE + OVERSEAS
SERVER_TYPES: dict[str, dict[str, Any]] = {
    row["name"]: row
    for row in (
        _server_type(104, "cx22", (2, 4.0, 40), "3.79", deprecation=GONE),
        _server_type(114, "cx23", (2, 4.0, 40), "5.49"),
        _server_type(115, "cx33", (4, 8.0, 80), "8.99"),
        _server_type(116, "cx43", (8, 16.0, 160), "16.49"),
        _server_type(117, "cx53", (16, 32.0, 320), "30.49", sold_out=EUROPE),
        _server_type(22, "cpx11", (2, 2.0, 40), "8.99", locations=OVERSEAS),
        _server_type(23, "cpx21", (3, 4.0, 80), "15.99", locations=OVERSEAS, deprecation=ENDING),
        _server_type(119, "cpx12", (1, 2.0, 40), "11.99"),
        _server_type(120, "cpx22", (2, 4.0, 80), "19.49"),
        _server_type(121, "cpx32", (4, 8.0, 160), "35.49"),
        _server_type(45, "cax11", (2, 4.0, 40), "5.99", sold_out=("nbg1",)),
        _server_type(93, "cax21", (4, 8.0, 80), "10.49"),
        _server_type(96, "ccx13", (2, 8.0, 80), "25.99", locations=_ALL, dedicated=True),
        _server_type(97, "ccx23", (4, 16.0, 160), "49.99", locations=_ALL, dedicated=True),
    )
}


def _image(
    image_id: int, name: str, architecture: str, created: str, deprecated: str | None = None
) -> dict[str, Any]:
    flavor, version = name.split("-")
    after = None if deprecated is None else {"announced": deprecated, "unavailable_after": "2026-10-31T00:00:00Z"}  # fmt: skip  # noqa: E501  # one fact a line
    return {
        "id": image_id,
        "type": "system",
        "status": "available",
        "name": name,
        "description": f"{flavor.capitalize()} {version}",
        "image_size": None,
        "disk_size": 5,
        "created": created,
        "created_from": None,
        "bound_to": None,
        "os_flavor": flavor,
        "os_version": version,
        "architecture": architecture,
        "rapid_deploy": architecture == "x86",
        "protection": {"delete": False},
        "deprecated": deprecated,
        "deprecation": after,
        "deleted": None,
        "labels": {},
    }


IMAGES: tuple[dict[str, Any], ...] = (
    _image(45557056, "debian-11", "x86", "2021-08-16T11:12:01Z", "2026-08-31T00:00:00Z"),
    _image(114690387, "debian-12", "x86", "2023-06-13T06:00:00Z"),
    _image(114690389, "debian-12", "arm", "2023-06-13T06:00:00Z"),
    _image(310557660, "debian-13", "x86", "2025-08-12T06:00:00Z"),
    _image(310557664, "debian-13", "arm", "2025-08-12T06:00:00Z"),
    _image(161547269, "ubuntu-24.04", "x86", "2024-04-25T13:26:27Z"),
    _image(161547270, "ubuntu-24.04", "arm", "2024-04-25T13:26:27Z"),
)
BOOTABLE = frozenset({"debian-12", "debian-13"})
"""Images that the lab has a root file system of."""


def _by_kind(monthly: dict[str, str], *, hourly: bool) -> list[dict[str, Any]]:
    """Prices of addresses by kind (`ipv4`, `ipv6`), the same in every location."""

    def at(location: str, price: Decimal) -> dict[str, Any]:
        by_hour = {"price_hourly": _price(price / 624)} if hourly else {}
        return {"location": location, "price_monthly": _price(price), **by_hour}

    return [
        {"type": kind, "prices": [at(location, Decimal(price)) for location in LOCATIONS]}
        for kind, price in monthly.items()
    ]


def pricing() -> dict[str, Any]:
    """The answer of `GET /pricing`."""
    return {
        "currency": "EUR",
        "vat_rate": f"{VAT * 100:.6f}",
        "primary_ips": _by_kind({"ipv4": "0.50", "ipv6": "0"}, hourly=True),
        "floating_ips": _by_kind({"ipv4": "3.00", "ipv6": "1.00"}, hourly=False),
        "image": {"price_per_gb_month": _price(Decimal("0.0110"))},
        "volume": {"price_per_gb_month": _price(Decimal("0.0440"))},
        "server_backup": {"percentage": "20.0000000000"},
        "server_types": [
            {"id": each["id"], "name": each["name"], "prices": each["prices"]}
            for each in SERVER_TYPES.values()
        ],
        "load_balancer_types": [],
    }
