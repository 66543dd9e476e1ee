"""Where Linodes can be rented, and what is not to be had there now."""

from typing import Any

from lab.clouds.linode.catalog import TYPES

Record = dict[str, Any]

CAPABILITIES = (
    "Linodes", "Backups", "Block Storage", "NodeBalancers", "Kubernetes", "Cloud Firewall",
    "Vlans", "VPCs", "Metadata", "Placement Group", "Disk Encryption", "Linode Interfaces",
)  # fmt: skip
OF_THE_EDGE = ("Linodes", "Cloud Firewall", "Distributed Plans", "Placement Group")

_CORE = (
    ("us-east", "Newark, NJ", "us"),
    ("us-central", "Dallas, TX", "us"),
    ("us-west", "Fremont, CA", "us"),
    ("us-southeast", "Atlanta, GA", "us"),
    ("us-ord", "Chicago, IL", "us"),
    ("us-lax", "Los Angeles, CA", "us"),
    ("ca-central", "Toronto, CA", "ca"),
    ("br-gru", "Sao Paulo, BR", "br"),
    ("eu-central", "Frankfurt, DE", "de"),
    ("de-fra-2", "Frankfurt 2, DE", "de"),
    ("eu-west", "London, UK", "gb"),
    ("nl-ams", "Amsterdam, NL", "nl"),
    ("fr-par", "Paris, FR", "fr"),
    ("it-mil", "Milan, IT", "it"),
    ("es-mad", "Madrid, ES", "es"),
    ("se-sto", "Stockholm, SE", "se"),
    ("ap-south", "Singapore, SG", "sg"),
    ("ap-northeast", "Tokyo 2, JP", "jp"),
    ("ap-southeast", "Sydney, AU", "au"),
    ("ap-west", "Mumbai, IN", "in"),
    ("id-cgk", "Jakarta, ID", "id"),
)


def _region(region_id: str, label: str, country: str, *, edge: bool = False) -> Record:
    return {
        "id": region_id,
        "label": label,
        "country": country,
        "capabilities": list(OF_THE_EDGE if edge else CAPABILITIES),
        "status": "ok",
        "resolvers": {"ipv4": "192.0.2.53", "ipv6": "2001:db8:53::1"},
        "placement_group_limits": {
            "maximum_pgs_per_customer": 100,
            "maximum_linodes_per_pg": 10,
            "maximum_linodes_per_flexible_pg": 10,
        },
        "site_type": "distributed" if edge else "core",
        "monitors": {"alerts": [], "metrics": []},
    }


REGIONS: dict[str, Record] = {
    **{row[0]: _region(*row) for row in _CORE},
    "us-den-edge-1": _region("us-den-edge-1", "Edge - Denver, CO", "us", edge=True),
}

SOLD_OUT = {"nl-ams": ("g6-nanode-1",), "us-southeast": ("g6-standard-1", "g6-standard-2")}
_NEW_HARDWARE = ("de-fra-2", "nl-ams", "us-ord", "fr-par", "se-sto")


def available(region: str, plan: str) -> bool:
    """Whether a type can be ordered in a region now."""
    if region not in REGIONS or plan not in TYPES or plan in SOLD_OUT.get(region, ()):
        return False
    edge = REGIONS[region]["site_type"] == "distributed"
    if "-edge-" in plan or edge:
        return "-edge-" in plan and edge
    if TYPES[plan]["class"] == "gpu":
        return region == "us-east"
    return not plan.startswith("g7-premium") or region in _NEW_HARDWARE


def availability(region: str) -> list[Record]:
    """What the API says of every type in a region."""
    return [
        {"region": region, "plan": plan, "available": available(region, plan)} for plan in TYPES
    ]
