"""What will be ordered: the region with room for the size, and its price a month.

Nothing is created here: this runs in `pulumi preview`, and refuses with what would work instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.vps.catalog import Catalog, Size
from settings import RentedServer


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What will be ordered, or runs already.

    Attributes:
        monthly_cost: None where nobody could tell.
        source: Where the figure came from.
        replaces: Whether the running server cannot be resized to the wanted size.
    """

    region: str
    monthly_cost: float | None
    currency: str
    source: str
    replaces: bool = False


def runs_as_wanted(spec: RentedServer, running: Mapping[str, str] | None) -> bool:
    """Whether the settings ask for no other machine than the one that runs.

    Args:
        spec: What the settings ask for.
        running: As of `choose_offer`.
    """
    if running is None:
        return False
    same = (running.get("size"), running.get("image")) == (spec.size, spec.image)
    return same and running.get("region") in spec.wanted_regions


def choose_offer(
    spec: RentedServer,
    catalog: Catalog,
    running: Mapping[str, str] | None,
    *,
    project: str,
    disk_gb: int | None = None,
) -> Offer:
    """The first wanted region that has the size.

    A server that runs keeps its region: that a region has room again must not move it. As it is
    it needs nothing of the catalog; another size or image does, as it is ordered anew.

    Args:
        spec: What the settings ask for.
        catalog: What the provider sells now.
        running: The recorded `server` output when it is of this provider: "region", "size",
            "image".
        project: The namespace of the settings, for the remedy.
        disk_gb: The disk of the running server; None where nobody wrote it down.

    Raises:
        pulumi.RunError: The size is unknown or cannot be ordered in any wanted region.
    """
    if running is not None and runs_as_wanted(spec, running):
        region, known = running["region"], catalog.sizes.get(spec.size)
        return Offer(
            region=region,
            monthly_cost=known.prices.get(region) if known else None,
            currency=catalog.currency,
            source=catalog.source,
        )
    size = _sold(spec, catalog, project)
    at_first = running.get("region") if running else None
    # Of equals sorted keeps the order of the settings.
    for region in sorted(spec.wanted_regions, key=lambda wanted: wanted != at_first):
        if region in size.prices:
            return Offer(
                region=region,
                monthly_cost=size.prices[region],
                currency=catalog.currency,
                source=catalog.source,
                replaces=running is not None and _out_of_reach(size, catalog, running, disk_gb),
            )
    raise pulumi.RunError(
        f"{project}:server.size: {spec.size} is sold out in {_where(spec, size)}. "
        + _instead(spec, catalog, project)
    )


def _where(spec: RentedServer, size: Size) -> str:
    """Where it is sold out, and what is left of it."""
    if not size.prices:
        return "every region now; it may be back later"
    left = ", ".join(sorted(size.prices))
    return f"{', '.join(spec.wanted_regions)}; it can be ordered in {left}"


def _sold(spec: RentedServer, catalog: Catalog, project: str) -> Size:
    """The wanted size, if it can be ordered anywhere, and every wanted region is one."""
    for wanted in spec.wanted_regions:
        if wanted not in catalog.regions:
            raise pulumi.RunError(
                f"{project}:server.region: there is no region {wanted!r}; "
                f"there are {', '.join(sorted(catalog.regions))}"
            )
    size = catalog.sizes.get(spec.size)
    if size is None:
        raise pulumi.RunError(
            f"{project}:server.size: there is no size {spec.size!r} now. "
            + _instead(spec, catalog, project)
        )
    if size.deprecated:
        raise pulumi.RunError(
            f"{project}:server.size: {spec.size} is deprecated and cannot be ordered anew. "
            + _instead(spec, catalog, project)
        )
    return size


def _out_of_reach(
    size: Size, catalog: Catalog, running: Mapping[str, str], disk_gb: int | None
) -> bool:
    """Whether the running server cannot be resized to this size.

    Providers refuse a smaller disk and another kind of machine. The plugins of Hetzner and Linode
    have switched the server off by then, and leave it off. So a new one is built beside it.
    """
    before = catalog.sizes.get(running.get("size", ""))
    shrinks = disk_gb is not None and 0 < size.disk_gb < disk_gb
    return shrinks or (before is not None and before.kind != size.kind)


def _instead(spec: RentedServer, catalog: Catalog, project: str) -> str:
    """What would work: another size in a wanted region, or the same size elsewhere."""
    lines = [
        f"  pulumi config set --path {project}:server.size {size.name}"
        f"   # {size.prices[region]:.2f} {catalog.currency} a month in {region}, "
        f"{size.memory_mb} MB"
        for region in spec.wanted_regions
        for size in catalog.cheapest(region)
    ]
    size = catalog.sizes.get(spec.size)
    if size and not size.deprecated:
        lines += [
            f"  pulumi config set --path {project}:server.region {region}"
            f"   # {price:.2f} {catalog.currency} a month"
            for region, price in _lasting(size)[:3]
        ]
    return "What would work instead:\n" + "\n".join(lines) if lines else "Set another region."


def _lasting(size: Size) -> list[tuple[str, float]]:
    """Where a size can be ordered and does not end, with the price there; the cheapest first."""
    found = [(region, price) for region, price in size.prices.items() if region not in size.ending]
    return sorted(found, key=lambda item: item[1])
